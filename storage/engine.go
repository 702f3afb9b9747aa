package storage

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// engine is the Pebble database with the one rule that Pebble does not keep by
// itself: once anything fatal happened, no write is answered with ok any more.
type engine struct {
	p    *pebble.DB
	sync *pebble.WriteOptions
	log  Logger
	exit func(msg string)

	reads  gate // inside: whoever uses p, but for the shard writers
	flying inFlight

	background background

	failOnce sync.Once
	dead     chan struct{} // closed by fail
	reason   error         // set before dead is closed
	onFail   func(error)

	read func(from, below []byte) // Options.Read
}

// fail makes the store unavailable for good. Only the first reason counts.
func (e *engine) fail(reason error) {
	e.failOnce.Do(func() {
		e.reason = reason
		close(e.dead)
		e.log.Errorf("storage unavailable: %v", reason)
		if e.onFail != nil {
			e.onFail(reason)
		}
	})
}

// err is nil while the store is alive, then an ErrUnavailable.
func (e *engine) err() error {
	select {
	case <-e.dead:
		return fmt.Errorf("%w: %v", ErrUnavailable, e.reason) //nolint:errorlint // only the outcome may be matched, not its reason
	default:
		return nil
	}
}

func (e *engine) unknown() error {
	return fmt.Errorf("%w: %v", ErrUnknown, e.reason) //nolint:errorlint // only the outcome may be matched, not its reason
}

// use runs fn while Pebble is open: using it after that panics.
func (e *engine) use(fn func() error) error {
	if err := e.reads.enter(); err != nil {
		return err
	}
	defer e.reads.leave()
	return fn()
}

// write is apply for any goroutine: it survives a fatal handler that returns.
func (e *engine) write(b *pebble.Batch) error {
	return e.guard(func() error { return e.apply(b) })
}

// apply commits the batch and returns once it is durable. Any error but
// ErrUnavailable means that the outcome is unknown; then the engine is dead. If the
// fatal handler returns, the calling goroutine ends here.
func (e *engine) apply(b *pebble.Batch) error {
	if err := e.begin(b); err != nil {
		return err
	}
	return e.settle(b)
}

// begin is the first half of apply: the batch is in the log's memory and its rows can
// be read, but it is not durable. Batches become durable in the order in which they
// began: they share one log, and Pebble syncs a log before it starts the next.
func (e *engine) begin(b *pebble.Batch) (err error) {
	if err := e.err(); err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil {
			e.fail(fmt.Errorf("commit panicked: %v", r))
			err = e.unknown()
		}
	}()
	commit := e.p.ApplyNoSyncWait
	if !e.sync.Sync {
		commit = e.p.Apply
	}
	e.flying.begin(b)
	if err := commit(b, e.sync); err != nil {
		e.fail(fmt.Errorf("commit: %w", err))
		return e.unknown()
	}
	return nil
}

// settle is the second half: it waits until the batch is durable. It is called once
// for each batch that began.
func (e *engine) settle(b *pebble.Batch) error {
	if e.sync.Sync {
		if err := b.SyncWait(); err != nil { // Pebble leaves this one to its caller
			msg := fmt.Sprintf("sync of the log: %v", err)
			e.fail(errors.New(msg))
			e.exit(msg)
		}
	}
	if e.err() != nil { // Pebble says ok although its fatal handler ran
		return e.unknown()
	}
	e.flying.landed(b)
	return nil
}

// guard runs fn, which may meet Pebble's fatal handler, away from the caller's
// goroutine, so that a handler that does not exit the process can neither take the
// caller with it nor let it wait for ever.
func (e *engine) guard(fn func() error) error {
	done := make(chan error, 1)
	go func() {
		err := error(nil)
		ended := false
		defer func() {
			if r := recover(); r != nil {
				e.fail(fmt.Errorf("panic: %v", r))
			}
			if !ended {
				err = e.unknown()
			}
			done <- err
		}()
		err = fn()
		ended = true
	}()
	select {
	case err := <-done:
		return err
	case <-e.dead:
	}
	select {
	case err := <-done:
		return err
	default:
		return e.unknown()
	}
}

// iter reads the rows from one key on and below another one.
func (e *engine) iter(from, below []byte) (*pebble.Iterator, error) {
	if e.read != nil {
		e.read(from, below)
	}
	it, err := e.p.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: below})
	if err != nil {
		return nil, readError(err)
	}
	return it, nil
}

// get returns a copy of the row's value, or ErrNotFound.
func (e *engine) get(r pebble.Reader, key []byte) ([]byte, error) {
	if e.read != nil {
		e.read(key, nil)
	}
	v, closer, err := r.Get(key)
	if err != nil {
		return nil, readError(err)
	}
	out := append([]byte(nil), v...)
	if err := closer.Close(); err != nil {
		return nil, readError(err)
	}
	return out, nil
}

func readError(err error) error {
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		return ErrNotFound
	case pebble.IsCorruptionError(err):
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}

// pebbleLogger is what Pebble logs to. Its Fatalf never returns: Pebble would
// answer the failed write with nil.
type pebbleLogger struct{ e *engine }

func (l pebbleLogger) Infof(format string, args ...any)  { l.e.log.Infof(format, args...) }
func (l pebbleLogger) Errorf(format string, args ...any) { l.e.log.Errorf(format, args...) }

func (l pebbleLogger) Fatalf(format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	l.e.fail(errors.New(msg))
	l.e.exit(msg)
	runtime.Goexit()
}
