// Command docgen writes the generated documents of the wire. Run it by go generate ./protocol.
//
// It owns nothing but the writing of files: what is in them is package apidoc's. It does not own their place in the
// repository: the flag -out names the folder. Concurrency: none. Errors: the first one ends it with exit code 1.
package main
