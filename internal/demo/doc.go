// Package demo plays a made-up organisation on a real server: agents, customers and a WhatsApp provider, so that whoever
// tries Pronto finds it at work.
//
// Owns: the organisation and its people, the simulated customers and agents and what they say, the temporary data folder
// and its removal, the sheet of log-ins and the narration.
//
// Does not own: any behaviour of the server. Except for the first administrator, which no API can make, everything goes
// through REST, the channels' endpoints and the websocket, as any integrator's program does.
//
// Concurrency and order: each simulated agent is one loop, all customers together are another; a loop runs one thing at a
// time, so what it owns needs no lock. Every agent and every customer draws from a source of its own, derived from the
// seed: what each one chooses does not depend on the others, only when it comes to choose does.
//
// Errors: what stops the demo from starting or the server from serving is returned. What a simulated person is refused
// because another was faster is part of the game; anything else is logged as a warning.
package demo
