// Package access is the one gate and the sign-in material behind it.
//
// Owns: who may do what (Can, one closed table of actions), passwords (argon2id), sessions, API tokens, websocket
// tickets, set-up links, links with which people set their password, and the back-off after failed sign-ins.
//
// Does not own: people (roles, queues, whether an account is disabled: the People port answers that, from memory),
// cookies and headers, sockets (it only says whose are to be closed), and where documents are kept (the Store port).
//
// Concurrency and order: everything is safe for concurrent use. A revocation is durable, and no later call accepts the
// credential, when the revoking call returns; OnRevoke is called before that, on the caller's goroutine. A credential that
// was used before is checked without disk and without argon2.
//
// Errors: the sentinels of errors.go and *BackoffError; whatever a port returns is wrapped with what was being done.
// No error, and no value printed with %v or %#v, holds a secret.
package access
