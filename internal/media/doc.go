// Package media says what a file is by its bytes, gives it a name that is safe to show and to save, and draws images anew.
//
// Owns: the media type found in the bytes and the types that are images here; names; what an image's header says before
// anything is decoded (size, frames, scans, orientation) and the limits on it; re-encoding, which leaves nothing of the
// sender's bytes and metadata; thumbnails; how much is decoded at once in the process.
//
// Does not own: which types an organisation takes, where files are, or who may read them.
//
// Concurrency and order: functions are pure. A Studio may be used from any goroutine; it makes callers wait so that the
// images being decoded at once stay within its budget of pixels.
//
// Errors: ErrTooManyPixels before decoding; ErrDamaged for what cannot be read as the type that it begins like; the
// context's error; those of the given reader and writer.
package media
