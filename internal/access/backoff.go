package access

import (
	"container/list"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// How failures slow down. Only failures count; the first few are free because people mistype. An account's delay stays
// short, since anybody can fail on somebody else's account; an address gets more free failures, since offices share one.
var (
	accountPolicy = backoffPolicy{free: 5, first: time.Second, longest: time.Minute}
	addressPolicy = backoffPolicy{free: 20, first: time.Second, longest: 5 * time.Minute}
)

const (
	forgetFailures    = 15 * time.Minute // without a further failure
	maxBackoffEntries = 65_536           // about 10 MB; beyond, the least recently failed is forgotten
	ipv6Network       = 64               // what one customer of a provider holds
)

type backoffPolicy struct {
	free           int
	first, longest time.Duration
}

// backoff remembers failed sign-ins per account and per address.
type backoff struct {
	max int

	mu      sync.Mutex
	entries map[string]*list.Element // of *failures
	recent  *list.List               // most recently failed in front
}

type failures struct {
	key   string
	count int
	last  time.Time
	until time.Time
}

func newBackoff(limit int) *backoff {
	return &backoff{max: limit, entries: map[string]*list.Element{}, recent: list.New()}
}

// check returns a *BackoffError while the login or the address is held back.
func (b *backoff) check(now time.Time, login string, ip netip.Addr) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	wait := b.waitOf(now, accountKey(login))
	if ip.IsValid() {
		wait = max(wait, b.waitOf(now, addressKey(ip)))
	}
	if wait > 0 {
		return &BackoffError{RetryAfter: wait}
	}
	return nil
}

func (b *backoff) failed(now time.Time, login string, ip netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count(now, accountKey(login), accountPolicy)
	if ip.IsValid() {
		b.count(now, addressKey(ip), addressPolicy)
	}
}

// succeeded forgets the account's failures. The address keeps its own: whoever holds one account must not be able to
// wipe out the trace of guessing at others.
func (b *backoff) succeeded(login string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.entries[accountKey(login)]; e != nil {
		b.drop(e)
	}
}

func (b *backoff) waitOf(now time.Time, key string) time.Duration {
	e := b.entries[key]
	if e == nil {
		return 0
	}
	return e.Value.(*failures).until.Sub(now)
}

func (b *backoff) count(now time.Time, key string, p backoffPolicy) {
	e := b.entries[key]
	if e == nil {
		if len(b.entries) >= b.max {
			b.drop(b.recent.Back())
		}
		e = b.recent.PushFront(&failures{key: key})
		b.entries[key] = e
	}
	b.recent.MoveToFront(e)
	f := e.Value.(*failures)
	if now.Sub(f.last) > forgetFailures {
		f.count = 0
	}
	f.count++
	f.last = now
	if over := f.count - p.free; over > 0 {
		f.until = now.Add(p.delay(over))
	}
}

func (b *backoff) drop(e *list.Element) {
	b.recent.Remove(e)
	delete(b.entries, e.Value.(*failures).key)
}

// delay doubles from first to longest.
func (p backoffPolicy) delay(over int) time.Duration {
	d := p.first
	for i := 1; i < over && d < p.longest; i++ {
		d *= 2
	}
	return min(d, p.longest)
}

func accountKey(login string) string { return "account:" + strings.ToLower(login) }

func addressKey(ip netip.Addr) string {
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if network, err := ip.Prefix(ipv6Network); err == nil {
			return "address:" + network.String()
		}
	}
	return "address:" + ip.String()
}
