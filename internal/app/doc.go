// Package app plugs the program together: configuration, the store, the actors, sign-in and the edge.
//
// Owns: the command line's configuration, the catalogue (configuration objects in memory), the adapters between the ports
// of actors, transport and access and what implements them, start and stop of a server.
//
// Does not own: rules of dispatch, formats on disk or on the wire.
//
// Concurrency and order: the catalogue is replaced whole, so readers see one state; writes of configuration are in force
// when they return. Stop drains sessions, then actors, then closes the store.
//
// Errors: what a port's documentation says; everything else is internal to whoever asked.
package app
