// Command peers does the work of a dispatch cycle with what others would build it from, beside Pronto and on the same
// machine: PostgreSQL with SKIP LOCKED, Redis with Lua scripts, and, for fan-out of one event to many sockets, the
// libraries centrifuge and nats-server. It is a module of its own, so that its dependencies never reach Pronto's.
//
// Owns: the servers it starts, on temporary folders, and their schemas; the closed-loop driver; one report with ratios.
//
// Does not own: Pronto's load, which is package bench's.
//
// Concurrency and order: systems are measured one at a time and in turns (A B C A B C …), with medians over the rounds.
//
// Errors: a system that cannot be started, and a cycle that fails or leaves a wrong state, end the run.
package main
