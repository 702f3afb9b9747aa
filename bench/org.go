package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"pronto/client"
	"pronto/protocol"
)

// organisation is what a run creates on the server.
type organisation struct {
	name   string
	queues []string
	reason string // of the mandatory script
	agents []account
}

type account struct{ id, login, token string }

const agentPassword = "carga-de-teste-1"

// patiently repeats a call that the server refused because of too much at once, of this client's or of everybody's.
func patiently(ctx context.Context, r *client.REST, q client.Request, out any) error {
	return untilTaken(ctx, func() error { return r.Do(ctx, q, out) })
}

// untilTaken repeats call for as long as it is refused so.
func untilTaken(ctx context.Context, call func() error) error {
	for {
		err := call()
		var limited *client.APIError
		if !errors.As(err, &limited) || limited.Code != protocol.CodeRateLimited && limited.Code != protocol.CodeOverloaded {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(max(limited.RetryAfter, 50*time.Millisecond)):
		}
	}
}

// post creates one object and returns its id.
func post(ctx context.Context, r *client.REST, path string, body any, out any) error {
	return patiently(ctx, r, client.Request{Method: http.MethodPost, Path: path, Body: body}, out)
}

// build makes queues with a mandatory script, a channel, and the agents.
func build(ctx context.Context, r *client.REST, s Scenario, run string) (*organisation, error) {
	o := &organisation{name: run}
	var script protocol.Script
	err := post(ctx, r, "/scripts", map[string]any{"name": "bench " + run, "reasons": []map[string]any{{"label": "bench"}}}, &script)
	if err != nil {
		return nil, fmt.Errorf("create script: %w", err)
	}
	o.reason = script.Reasons[0].ID
	for i := range s.Queues {
		var q protocol.Queue
		settings := map[string]any{
			"name": fmt.Sprintf("bench %s %d", run, i), "script_id": script.ID, "script_required": true, "offer_time_ms": s.OfferTime.Milliseconds(),
			"max_misses": 0, "reoffer_pause_ms": 500,
		}
		if s.Customers.Channel == Web {
			settings["reopen_window_ms"] = 0 // a customer's next message begins the next conversation
		}
		err := post(ctx, r, "/queues", settings, &q)
		if err != nil {
			return nil, fmt.Errorf("create queue: %w", err)
		}
		o.queues = append(o.queues, q.ID)
	}
	// Every agent serves every queue.
	o.agents, err = hire(ctx, r, crew{login: "bench-" + run, n: s.Agents, role: "agent", capacity: s.Capacity, queues: o.queues})
	return o, err
}

// openChannel makes a channel of one load, so that its conversations can be told from others'. More are its settings
// besides, which may be nil.
func openChannel(ctx context.Context, r *client.REST, name, queue string, more map[string]any) (string, error) {
	settings := map[string]any{"name": "bench " + name, "kind": string(Generic), "queue_id": queue}
	maps.Copy(settings, more)
	var ch protocol.Channel
	if err := post(ctx, r, "/channels", settings, &ch); err != nil {
		return "", fmt.Errorf("create channel: %w", err)
	}
	return ch.ID, nil
}

// crew is a number of agents of one kind.
type crew struct {
	login    string // what their logins begin with
	n        int
	role     string
	capacity int
	queues   []string
}

// hire creates agents, a few at a time: each costs the server a password hash.
func hire(ctx context.Context, r *client.REST, c crew) ([]account, error) {
	out := make([]account, c.n)
	return out, inParallel(c.n, func(i int) error {
		login := fmt.Sprintf("%s-%d", c.login, i)
		var a protocol.Agent
		err := post(ctx, r, "/agents", map[string]any{
			"name": fmt.Sprintf("Agente %d", i), "login": login, "password": agentPassword, "role": c.role, "queue_ids": c.queues, "capacity": c.capacity,
		}, &a)
		if err != nil {
			return fmt.Errorf("create agent: %w", err)
		}
		out[i] = account{id: a.ID, login: login}
		return nil
	})
}

// signIn signs every agent in before memory is measured: a password check takes more of it than a session.
func signIn(ctx context.Context, r *client.REST, agents []account) error {
	return inParallel(len(agents), func(i int) error {
		var s protocol.Session
		err := post(ctx, r, "/login", protocol.Login{Login: agents[i].login, Password: agentPassword}, &s)
		agents[i].token = s.Token
		return err
	})
}

const parallel = 8 // set-up calls at a time

// inParallel runs fn for 0 … n-1, parallel at a time, until one fails; that error is returned.
func inParallel(n int, fn func(i int) error) error { return parallelN(n, parallel, fn) }

func parallelN(n, at int, fn func(i int) error) error {
	var (
		wg     sync.WaitGroup
		next   atomic.Int64
		failed atomic.Pointer[error]
	)
	for range min(at, n) {
		wg.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := fn(i); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
