package app

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"pronto/dispatch"
	"pronto/storage"
	"pronto/transport"
)

// fileLinks signs addresses at which a file can be fetched without a credential, for whom a message goes to over a channel.
type fileLinks struct {
	key  []byte
	base string // the server's address from outside; empty: no links are made
	now  func() time.Time
}

const (
	linkLife    = 24 * time.Hour // as long as a message may wait in the outbox
	kindSecret  = "server_secret"
	linkSecret  = "sec_file_links"
	secretBytes = 32
)

// newFileLinks reads the key, which it makes once. Without room for that a key of this process does.
func newFileLinks(ctx context.Context, db *storage.DB, base string, now func() time.Time) (*fileLinks, error) {
	at, err := publicBase(base)
	if err != nil {
		return nil, err
	}
	l := &fileLinks{base: at, now: now}
	doc, err := db.Document(kindSecret, linkSecret)
	if err == nil {
		l.key = doc.Body
		return l, nil
	}
	if !errors.Is(err, storage.ErrNotFound) {
		return nil, fmt.Errorf("read key of links: %w", err)
	}
	l.key = make([]byte, secretBytes)
	if _, err := rand.Read(l.key); err != nil {
		return nil, fmt.Errorf("make key of links: %w", err)
	}
	_, err = db.PutDocument(ctx, storage.Put{Kind: kindSecret, ID: linkSecret, Body: l.key, Time: now()})
	if err != nil && !errors.Is(err, storage.ErrReadOnly) {
		return nil, fmt.Errorf("keep key of links: %w", err)
	}
	return l, nil
}

// publicBase is the server's address from outside, without a slash at its end; empty: it is not configured.
func publicBase(address string) (string, error) {
	u, err := url.Parse(address)
	if address != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "") {
		return "", errors.New("public-url: must be an http or https address without user information")
	}
	return strings.TrimSuffix(address, "/"), nil
}

func (l *fileLinks) signature(id dispatch.AttachmentID, expires int64) string {
	mac := hmac.New(sha256.New, l.key)
	_, _ = fmt.Fprintf(mac, "attachment\n%s\n%d", id, expires) // a hash never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// sign makes an address that works until expires; empty where the server's own address is not configured.
func (l *fileLinks) sign(id dispatch.AttachmentID) (address string, expires time.Time) {
	if l.base == "" {
		return "", time.Time{}
	}
	expires = l.now().Add(linkLife).UTC().Truncate(time.Second)
	q := url.Values{"expires": {strconv.FormatInt(expires.Unix(), 10)}, "signature": {l.signature(id, expires.Unix())}}
	return l.base + transport.AttachmentLink(id) + "?" + q.Encode(), expires
}

// holds reports whether a link is ours and has not expired. A wrong one takes as long as a right one.
func (l *fileLinks) holds(id dispatch.AttachmentID, expires int64, signature string) bool {
	return hmac.Equal([]byte(signature), []byte(l.signature(id, expires))) && l.now().Unix() <= expires
}
