package access

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// onetime hands out secrets that work once and not for long. They live in memory only: a restart voids them, which costs a
// reload and saves a write.
type onetime[T any] struct {
	prefix string
	ttl    time.Duration
	max    int
	random io.Reader

	mu    sync.Mutex
	live  map[digest]ticket[T]
	order []digest // by age, which is by expiry
}

type ticket[T any] struct {
	value   T
	expires time.Time
}

func newOnetime[T any](prefix string, ttl time.Duration, limit int, random io.Reader) *onetime[T] {
	return &onetime[T]{prefix: prefix, ttl: ttl, max: limit, random: random, live: map[digest]ticket[T]{}}
}

// issue returns a new secret for v, or ErrBusy when too many are outstanding.
func (o *onetime[T]) issue(now time.Time, v T) (Secret, time.Time, error) {
	secret, err := newToken(o.random, o.prefix, "")
	if err != nil {
		return "", time.Time{}, fmt.Errorf("make one-time secret: %w", err)
	}
	c, _ := parseToken(secret.Reveal())
	o.mu.Lock()
	defer o.mu.Unlock()
	o.expire(now)
	if len(o.order) >= o.max { // counts redeemed ones behind a live one too, so order is bounded as well
		return "", time.Time{}, ErrBusy
	}
	expires := now.Add(o.ttl)
	o.live[c.hash] = ticket[T]{value: v, expires: expires}
	o.order = append(o.order, c.hash)
	return secret, expires, nil
}

// peek returns the value without using the secret up.
func (o *onetime[T]) peek(now time.Time, secret string) (T, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	v, _, ok := o.find(now, secret)
	return v, ok
}

// redeem returns the value and voids the secret. Of any number of concurrent calls one wins.
func (o *onetime[T]) redeem(now time.Time, secret string) (T, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	v, hash, ok := o.find(now, secret)
	if ok {
		delete(o.live, hash)
	}
	return v, ok
}

func (o *onetime[T]) find(now time.Time, secret string) (T, digest, bool) {
	c, ok := parseToken(secret)
	t, found := o.live[c.hash]
	if !ok || !found || c.prefix != o.prefix || !now.Before(t.expires) {
		var none T
		return none, digest{}, false
	}
	return t.value, c.hash, true
}

// expire drops what is over, oldest first. Redeemed ones leave order here too.
func (o *onetime[T]) expire(now time.Time) {
	for len(o.order) > 0 {
		t, ok := o.live[o.order[0]]
		if ok && now.Before(t.expires) {
			return
		}
		delete(o.live, o.order[0])
		o.order = o.order[1:]
	}
}
