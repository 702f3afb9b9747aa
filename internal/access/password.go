package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"pronto/internal/cputime"
)

// The password policy: length, and nothing that makes people write passwords down.
const (
	MinPasswordRunes = 8
	MaxPasswordBytes = 1024 // bounds the work of one hash
)

// HashParams are the costs of one argon2id hash. They are stored with each hash, so they can be raised at any time: a hash
// with other costs is made anew at its next successful sign-in.
type HashParams struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

// DefaultHashParams is the OWASP baseline for argon2id: 19 MiB, two passes, one lane; about 25 ms on a server core.
var DefaultHashParams = HashParams{MemoryKiB: 19 * 1024, Passes: 2, Lanes: 1}

const (
	saltBytes = 16
	keyBytes  = 32

	// What a stored hash may ask for: a damaged or forged document must not exhaust the machine.
	maxMemoryKiB = 256 * 1024
	maxPasses    = 16
	maxLanes     = 16
	maxPHCBytes  = 256

	// maxWaitingHashes bounds the sign-ins that wait for a core; at 25 ms each it is about 26 s on two cores.
	maxWaitingHashes = 1024
)

var errBadPHC = errors.New("stored password hash is malformed")

// hasher makes and checks argon2id hashes, on half of the cores at most: one computes for 25 ms, and as long as every core does,
// nobody else goes on. A shift that signs in at once must not hold up those who serve.
type hasher struct {
	params  HashParams
	random  io.Reader
	cores   chan struct{}
	waiting atomic.Int32
	derive  func(password, salt []byte, p HashParams) []byte // replaced in tests, to count
	dummy   func() string
}

func newHasher(params HashParams, random io.Reader) *hasher {
	if params == (HashParams{}) {
		params = DefaultHashParams
	}
	if random == nil {
		random = rand.Reader
	}
	h := &hasher{params: params, random: random, cores: make(chan struct{}, hashesAtOnce()), derive: deriveKey}
	h.dummy = sync.OnceValue(func() string { return formatPHC(h.params, make([]byte, saltBytes), make([]byte, keyBytes)) })
	return h
}

func hashesAtOnce() int { return max(1, cputime.Cores()/2) }

func deriveKey(password, salt []byte, p HashParams) []byte {
	return argon2.IDKey(password, salt, p.Passes, p.MemoryKiB, p.Lanes, keyBytes)
}

// hash returns the PHC string of a password that passed checkPassword.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("read salt: %w", err)
	}
	var key []byte
	if err := h.onACore(ctx, func() error { key = h.derive([]byte(password), salt, h.params); return nil }); err != nil {
		return "", err
	}
	return formatPHC(h.params, salt, key), nil
}

// verify reports whether password belongs to the PHC string. An empty one costs the same and never matches: it stands for
// unknown logins. Admit is asked once a core is free and can still refuse; its error is returned.
func (h *hasher) verify(ctx context.Context, phc, password string, admit func() error) (bool, error) {
	known := phc != "" && len(password) <= MaxPasswordBytes
	if phc == "" {
		phc = h.dummy()
	}
	if len(password) > MaxPasswordBytes {
		password = password[:MaxPasswordBytes]
	}
	params, salt, key, err := parsePHC(phc)
	if err != nil {
		return false, err
	}
	var got []byte
	err = h.onACore(ctx, func() error {
		if err := admit(); err != nil {
			return err
		}
		got = h.derive([]byte(password), salt, params)
		return nil
	})
	return err == nil && subtle.ConstantTimeCompare(got, key) == 1 && known, err
}

// outdated reports whether a stored hash was made with other costs than today's.
func (h *hasher) outdated(phc string) bool {
	params, _, _, err := parsePHC(phc)
	return err == nil && params != h.params
}

func (h *hasher) onACore(ctx context.Context, work func() error) error {
	if h.waiting.Add(1) > maxWaitingHashes {
		h.waiting.Add(-1)
		return ErrBusy
	}
	defer h.waiting.Add(-1)
	select {
	case h.cores <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-h.cores }()
	return work()
}

// checkPassword applies the policy.
func checkPassword(password string) error {
	if len(password) > MaxPasswordBytes || !utf8.ValidString(password) || utf8.RuneCountInString(password) < MinPasswordRunes {
		return ErrWeakPassword
	}
	return nil
}

func formatPHC(p HashParams, salt, key []byte) string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.MemoryKiB, p.Passes, p.Lanes,
		enc.EncodeToString(salt), enc.EncodeToString(key))
}

// parsePHC reads what formatPHC wrote, and refuses costs above the bounds.
func parsePHC(phc string) (p HashParams, salt, key []byte, err error) {
	parts := strings.Split(phc, "$")
	if len(phc) > maxPHCBytes || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return HashParams{}, nil, nil, errBadPHC
	}
	if parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return HashParams{}, nil, nil, errBadPHC
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.MemoryKiB, &p.Passes, &p.Lanes); err != nil {
		return HashParams{}, nil, nil, errBadPHC
	}
	enc := base64.RawStdEncoding.Strict()
	salt, saltErr := enc.DecodeString(parts[4])
	key, keyErr := enc.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(salt) < saltBytes || len(key) != keyBytes || !p.bounded() {
		return HashParams{}, nil, nil, errBadPHC
	}
	return p, salt, key, nil
}

func (p HashParams) bounded() bool {
	return p.MemoryKiB >= 8*uint32(p.Lanes) && p.MemoryKiB <= maxMemoryKiB &&
		p.Passes >= 1 && p.Passes <= maxPasses && p.Lanes >= 1 && p.Lanes <= maxLanes
}
