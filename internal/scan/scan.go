package scan

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// ErrUnfit: the scanner does not judge this file, for example because it is too large for it, and never will.
var ErrUnfit = errors.New("file is not fit for the scanner")

// Verdict is what a scanner says. Name is what it found, for the log.
type Verdict struct {
	Infected bool
	Name     string
}

// Scanner looks into files.
type Scanner interface {
	Scan(ctx context.Context, file io.Reader) (Verdict, error)
}

// New returns the scanner of a kind: "none" (nil), "clamd" at host:port or unix:PATH, or "http" at a URL, with a bearer
// token if there is one.
func New(kind, address, token string) (Scanner, error) {
	switch kind {
	case "", "none":
		return nil, nil //nolint:nilnil // no scanner is a valid choice
	case "clamd":
		if path, ok := strings.CutPrefix(address, "unix:"); ok && path != "" {
			return Clamd{Network: "unix", Address: path}, nil
		}
		if host, port, err := net.SplitHostPort(strings.TrimPrefix(address, "tcp:")); err != nil || host == "" || port == "" || host == "unix" {
			return nil, errors.New("address of clamd is host:port or unix:PATH")
		}
		return Clamd{Network: "tcp", Address: strings.TrimPrefix(address, "tcp:")}, nil
	case "http":
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
			return nil, errors.New("address of the scanner is an http or https URL without user information")
		}
		return HTTP{Client: &http.Client{CheckRedirect: noRedirect}, URL: address, Token: token}, nil
	default:
		return nil, errors.New("unknown kind of scanner")
	}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
