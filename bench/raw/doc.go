// Package raw measures what this machine's disk and loopback do at best, with nothing of Pronto in between: synced commits
// of the storage engine and frames over websockets. A load is compared with them in the same run.
//
// Owns: nothing; each measurement cleans up after itself.
//
// Concurrency and order: one measurement at a time, with nothing else running, for CPU time is that of the whole process.
//
// Errors: of the disk and of sockets; a measurement that failed has no figures.
package raw
