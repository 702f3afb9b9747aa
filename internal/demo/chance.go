package demo

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"
)

// chance is the luck of one person or one conversation: the same seed and name, the same luck.
type chance struct{ *rand.Rand }

func newChance(seed uint64, name string) chance {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	return chance{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

// hits is true in a share p of the cases.
func (c chance) hits(p float64) bool { return c.Float64() < p }

// between returns a time from lo to hi seconds.
func (c chance) between(lo, hi float64) time.Duration {
	return time.Duration((lo + c.Float64()*(hi-lo)) * float64(time.Second))
}

func pick[T any](c chance, from []T) T { return from[c.IntN(len(from))] }

const (
	passwordBytes = 8 // 13 letters and digits
	passwordGroup = 4
)

// password is derived one way from the seed, so that one password tells neither the seed nor another password.
func password(seed uint64, login string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "pronto demo %d %s", seed, login))
	text := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:passwordBytes]))
	return text[:passwordGroup] + "-" + text[passwordGroup:2*passwordGroup] + "-" + text[2*passwordGroup:3*passwordGroup]
}
