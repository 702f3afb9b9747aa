// Package backup copies a data folder while it is in use, checks copies, and puts them back.
//
// # Owns
//
// The form of a backup: a folder with the store's checkpoint, the folders beside the store (files of attachments), and a
// manifest with the size and SHA-256 of every file. A backup is whole when it has its final name: it is written under
// another one, made durable, and renamed.
//
// # Does not own
//
// What a checkpoint is, and whether what is in it is sound (package app opens a copy and asks).
//
// # Concurrency and order
//
// The checkpoint is taken first and the files after it, so every file that the checkpoint refers to was there. One that is
// removed in between would be missing: the server holds them back (attach.Service.Hold). Functions may run beside each other
// on different folders.
//
// # Errors
//
// ErrExists for a target that is there; ErrDamaged, with the file, for a backup that is not what its manifest says;
// anything else is the disk. What was written of a backup or a restored folder that failed is removed.
package backup
