package access

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pronto/dispatch"
)

func failureTimes(t *testing.T, w *world, login string, ip netip.Addr, n int) {
	t.Helper()
	for range n {
		if _, _, _, err := w.Login(t.Context(), login, "wrong horse", ip); !errors.Is(err, ErrBadCredentials) {
			t.Fatalf("failing on purpose: %v", err)
		}
	}
}

func heldBack(t *testing.T, w *world, login string, ip netip.Addr) time.Duration {
	t.Helper()
	_, _, _, err := w.Login(t.Context(), login, password, ip)
	var held *BackoffError
	if !errors.As(err, &held) {
		t.Fatalf("not held back: %v", err)
	}
	return held.RetryAfter
}

func TestFailuresHoldAnAccountBack(t *testing.T) {
	w := newWorld(t)
	failureTimes(t, w, "ana", home, accountPolicy.free+1)
	hashes := w.hashes.Load()
	for want := accountPolicy.first; want <= accountPolicy.longest; want *= 2 {
		if got := heldBack(t, w, "ANA", netip.Addr{}); got != want {
			t.Fatalf("held back %s, want %s", got, want)
		}
		w.advance(want)
		hashes++
		failureTimes(t, w, "ana", netip.Addr{}, 1)
	}
	if got := heldBack(t, w, "ana", home); got != accountPolicy.longest {
		t.Errorf("held back %s, want the longest", got)
	}
	if w.hashes.Load() != hashes {
		t.Error("a sign-in that was held back cost a hash")
	}
	w.advance(accountPolicy.longest)
	w.signIn(t)
	failureTimes(t, w, "ana", home, accountPolicy.free) // success forgot the failures
	w.advance(forgetFailures + time.Second)
	failureTimes(t, w, "ana", home, accountPolicy.free) // so did time
}

func TestFailuresHoldAnAddressBackForEveryAccount(t *testing.T) {
	w := newWorld(t)
	for i := range addressPolicy.free + 1 {
		failureTimes(t, w, "guess"+strings.Repeat("x", i), home, 1)
	}
	heldBack(t, w, "ana", home)
	heldBack(t, w, "ana", netip.AddrFrom16(home.As16())) // the same address, mapped
	if _, _, _, err := w.Login(t.Context(), "ana", password, netip.MustParseAddr("203.0.113.8")); err != nil {
		t.Errorf("another address: %v", err)
	}
	heldBack(t, w, "ana", home) // the success from elsewhere does not clear the address
}

func TestNeighboursInOneIPv6NetworkAreOneAddress(t *testing.T) {
	w := newWorld(t)
	for i := range addressPolicy.free + 1 {
		failureTimes(t, w, "guess"+strings.Repeat("x", i), netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 15: byte(i)}), 1)
	}
	heldBack(t, w, "ana", netip.MustParseAddr("2001:db8::ffff"))
}

func TestSuccessesNeverHoldBack(t *testing.T) {
	w := newWorld(t)
	for range 3 * (addressPolicy.free + 1) {
		w.signIn(t)
	}
}

func TestBackoffMemoryIsBounded(t *testing.T) {
	b := newBackoff(10)
	now := time.Unix(1, 0)
	for i := range 1000 {
		b.failed(now, strings.Repeat("x", i), netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}))
	}
	if len(b.entries) != 10 || b.recent.Len() != 10 {
		t.Errorf("%d entries, %d in the list", len(b.entries), b.recent.Len())
	}
}

func TestGuessesInFlightAreCountedBeforeTheNextIsHashed(t *testing.T) {
	w := newWorld(t)
	const guesses = 100
	done := make(chan error, guesses)
	for range guesses {
		go func() {
			_, _, _, err := w.Login(context.Background(), "ana", "wrong horse", netip.Addr{})
			done <- err
		}()
	}
	for range guesses {
		<-done
	}
	if n, most := int(w.hashes.Load()), accountPolicy.free+1+hashesAtOnce(); n > most {
		t.Errorf("%d of %d concurrent guesses were checked, want at most %d", n, guesses, most)
	}
}

func TestHashesLeaveHalfOfTheCoresAndTheirQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(cheap, rand.Reader)
		release := make(chan struct{})
		var running, most atomic.Int32
		h.derive = func([]byte, []byte, HashParams) []byte {
			if n := running.Add(1); n > most.Load() {
				most.Store(n)
			}
			<-release
			running.Add(-1)
			return make([]byte, keyBytes)
		}
		results := make(chan error, maxWaitingHashes+1)
		for range maxWaitingHashes {
			go func() { _, err := h.hash(t.Context(), password); results <- err }()
		}
		synctest.Wait()
		if _, err := h.hash(t.Context(), password); !errors.Is(err, ErrBusy) {
			t.Errorf("one more than may wait: %v", err)
		}
		for range maxWaitingHashes {
			release <- struct{}{}
			synctest.Wait()
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		if n := int(most.Load()); n != hashesAtOnce() {
			t.Errorf("%d hashes at once", n)
		}
	})
}

func TestWaitingForACoreEndsWithTheRequest(t *testing.T) {
	h := newHasher(cheap, rand.Reader)
	for range cap(h.cores) {
		h.cores <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.hash(ctx, password); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestPHCStringsRoundTripAndBadOnesAreRefused(t *testing.T) {
	h := newHasher(cheap, rand.Reader)
	phc, err := h.hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=8,t=1,p=1$") {
		t.Errorf("not a PHC string: %s", phc)
	}
	for _, bad := range []string{
		strings.Replace(phc, "argon2id", "argon2i", 1), strings.Replace(phc, "v=19", "v=18", 1),
		strings.Replace(phc, "m=8", "m=99999999", 1), strings.Replace(phc, "t=1", "t=1000", 1), strings.Replace(phc, "p=1", "p=0", 1),
		strings.Replace(phc, "m=8", "m=0", 1), phc + "$", phc[:len(phc)-2], "$$$$$", "plain",
	} {
		if _, err := h.verify(t.Context(), bad, password, func() error { return nil }); !errors.Is(err, errBadPHC) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestTheDummyHashCostsWhatARealOneDoes(t *testing.T) {
	h := newHasher(HashParams{}, rand.Reader)
	p, salt, _, err := parsePHC(h.dummy())
	if err != nil || p != DefaultHashParams || len(salt) != saltBytes {
		t.Errorf("%+v %d %v", p, len(salt), err)
	}
}

func TestTheCacheIsBoundedAndKeepsLastUses(t *testing.T) {
	k := newCache(2)
	start := time.Unix(1000, 0)
	credential := func(i byte) Credential { return Credential{prefix: prefixSession, account: "agt_a", hash: digest{i}} }
	for i := range byte(5) {
		if !k.add(start.Add(time.Minute), &grant{credential: credential(i), idle: SessionIdle}, start, k.generation) {
			t.Fatal("refused")
		}
	}
	if len(k.entries) != 2 || k.recent.Len() != 2 || len(k.unsaved) != 2 {
		t.Errorf("%d entries, %d unsaved", len(k.entries), len(k.unsaved))
	}
	if !k.add(start.Add(SessionIdle), &grant{credential: credential(0), idle: SessionIdle}, start, k.generation) {
		t.Error("the use before the eviction was forgotten")
	}
	k.invalidateAgent("agt_a")
	if len(k.entries) != 0 || k.recent.Len() != 0 {
		t.Error("an agent's grants survived")
	}
}

func FuzzParseToken(f *testing.F) {
	for _, prefix := range []string{prefixAPI, prefixSession, prefixTicket, prefixSetup, prefixLink} {
		s, err := newToken(rand.Reader, prefix, "agt_0abc")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(s.Reveal())
		f.Add(s.Reveal() + "A")
		f.Add(s.Reveal()[:20])
	}
	f.Add("pst_." + strings.Repeat("A", 49))
	f.Fuzz(func(t *testing.T, token string) {
		c, ok := parseToken(token)
		if !ok {
			return
		}
		if len(token) > 200 || checksum(token[:len(token)-checksumChars]) != token[len(token)-checksumChars:] {
			t.Fatalf("accepted %q", token)
		}
		if withAccount(c.prefix) != (c.account != "") || !strings.HasPrefix(token, c.prefix) {
			t.Fatalf("%q names %q of %q", token, c.prefix, c.account)
		}
	})
}

func TestAMistypedTokenIsToldWithoutALookUp(t *testing.T) {
	w := newWorld(t)
	token, _ := w.signIn(t)
	reads, _ := w.store.counts()
	for i := range token {
		wrong := []byte(token)
		wrong[i] ^= 1
		if w.accepts(t, string(wrong)) {
			t.Fatalf("accepted with character %d changed", i)
		}
	}
	if r, _ := w.store.counts(); r != reads {
		t.Errorf("%d look-ups", r-reads)
	}
}

func BenchmarkByToken(b *testing.B) {
	store := &fakeStore{docs: map[string]Document{}}
	w := &world{store: store, people: map[dispatch.AgentID]Person{"agt_ana": {ID: "agt_ana", Role: RoleAgent}}}
	w.Accounts = New(Options{Store: store, People: w, Now: time.Now, Hash: cheap})
	if err := w.SetPassword(b.Context(), "agt_ana", password); err != nil {
		b.Fatal(err)
	}
	token, _, _, err := w.Login(b.Context(), "ana", password, home)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.ByToken(b.Context(), token.Reveal()); err != nil {
			b.Fatal(err)
		}
	}
}
