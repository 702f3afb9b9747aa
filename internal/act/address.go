package act

import (
	"errors"
	"fmt"
)

// askKind is the kind of the addresses that Ask waits on. No actor can be registered under it.
const askKind = "ask"

// Address names one actor. It is plain data: it can be stored, compared and sent to another process.
type Address struct{ Kind, ID string }

// String returns "kind/id", or "" for nobody.
func (a Address) String() string {
	if a == (Address{}) {
		return ""
	}
	return a.Kind + "/" + a.ID
}

// Envelope is one message on its way. From is where an answer goes; the zero Address is nobody.
type Envelope struct {
	To, From Address
	Msg      any
}

// Wake is what an actor receives when the time it armed has come.
type Wake struct{}

// Restarted is the first message of a value that replaces one that panicked. It has no sender.
type Restarted struct{}

// Failed is sent to the sender of a message on which the receiver panicked. What the receiver had done before the
// panic is unknown to the sender. An Ask gets Err as its error instead.
type Failed struct {
	Msg any // the message that failed
	Err error
}

var (
	// ErrOverloaded refuses a message because the mailbox of its target holds as many as its kind allows.
	ErrOverloaded = errors.New("actor is overloaded")
	// ErrStopped refuses a message, or ends an Ask, because the system is stopping.
	ErrStopped = errors.New("actors are stopped")
)

// UnknownKindError refuses a message to a kind that was never registered.
type UnknownKindError struct{ Kind string }

func (e *UnknownKindError) Error() string { return fmt.Sprintf("unknown actor kind %q", e.Kind) }

// PanicError says that an actor panicked. The stack is in the log.
type PanicError struct {
	Actor Address
	Value any
}

func (e *PanicError) Error() string { return fmt.Sprintf("actor %s panicked: %v", e.Actor, e.Value) }

// Unwrap returns the panic value when it is an error, so that errors.As finds what the actor panicked with.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// StopError says which actors were still busy, or had messages waiting, when Stop ran out of time.
type StopError struct {
	Busy   int       // how many
	Actors []Address // the first maxReported of them, in no order
	Cause  error     // the context's error
}

// maxReported keeps the report of a failed stop readable; Busy has the whole count.
const maxReported = 32

func (e *StopError) Error() string {
	return fmt.Sprintf("stop actors: %d still busy, among them %v: %v", e.Busy, e.Actors, e.Cause)
}

func (e *StopError) Unwrap() error { return e.Cause }
