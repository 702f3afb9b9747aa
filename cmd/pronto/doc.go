// Command pronto is the dispatch server and its tools.
//
// Owns: the command line, exit codes, signals. Does not own: anything that a server does (internal/app).
//
// Exit codes: 0 done; 1 it failed, the reason is on standard error; 2 the command line or the configuration is wrong;
// 70 the disk failed and the process ended to keep what is durable true.
package main
