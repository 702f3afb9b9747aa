package blob

import (
	"crypto/sha256"
	"hash"
	"io"
)

// checked reads a file and, as long as it is read in order from its start, compares its hash when its end is reached.
type checked struct {
	File
	want Hash
	size int64
	at   int64
	sum  hash.Hash // nil: not in order any more
}

// Check wraps an open file of the given hash and size, at its start.
func Check(f File, want Hash, size int64) File {
	return &checked{File: f, want: want, size: size, sum: sha256.New()}
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	c.at += int64(n)
	if c.sum == nil {
		return n, err
	}
	_, _ = c.sum.Write(p[:n])
	ended := c.at == c.size && n > 0 || err == io.EOF //nolint:errorlint // the bare value, as readers return it
	if c.at > c.size || ended && Hash(c.sum.Sum(nil)) != c.want {
		return 0, ErrDamaged
	}
	return n, err
}

func (c *checked) Seek(offset int64, whence int) (int64, error) {
	at, err := c.File.Seek(offset, whence)
	if at != c.at {
		c.sum = nil // not in order any more, unless it begins again
		if at == 0 {
			c.sum = sha256.New()
		}
	}
	c.at = at
	return at, err
}
