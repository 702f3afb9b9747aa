package s3test

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm     = "AWS4-HMAC-SHA256"
	streaming     = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	unsigned      = "UNSIGNED-PAYLOAD"
	maxClockSkew  = 15 * time.Minute
	maxBody       = 128 << 20
	dateForm      = "20060102T150405Z"
	emptySHA256   = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	scopeTail     = "/s3/aws4_request"
	headerContent = "X-Amz-Content-Sha256"
)

// authorization is the parsed header.
type authorization struct {
	key, day, region string
	signed           []string
	signature        string
}

func parseAuthorization(h string) (a authorization, ok bool) {
	rest, ok := strings.CutPrefix(h, algorithm+" ")
	for _, part := range strings.Split(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			p := strings.Split(value, "/")
			if len(p) != 5 || p[3] != "s3" || p[4] != "aws4_request" {
				return a, false
			}
			a.key, a.day, a.region = p[0], p[1], p[2]
		case "SignedHeaders":
			a.signed = strings.Split(value, ";")
		case "Signature":
			a.signature = value
		}
	}
	return a, ok && slices.IsSorted(a.signed) && slices.Contains(a.signed, "host") && slices.Contains(a.signed, "x-amz-date")
}

// verify checks a request and returns its body without the framing of chunks.
func (s *Server) verify(r *http.Request) ([]byte, error) {
	denied := refusal{http.StatusForbidden, "SignatureDoesNotMatch"}
	a, ok := parseAuthorization(r.Header.Get("Authorization"))
	if !ok || a.key != s.AccessKey || a.region != s.Region {
		return nil, refusal{http.StatusForbidden, "AccessDenied"}
	}
	date := r.Header.Get("X-Amz-Date")
	when, err := time.Parse(dateForm, date)
	if skew := time.Since(when).Abs(); err != nil || skew > maxClockSkew || !strings.HasPrefix(date, a.day) {
		return nil, refusal{http.StatusForbidden, "RequestTimeTooSkewed"}
	}
	for name := range r.Header { // a header of the protocol that is not signed could be anybody's
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") && !slices.Contains(a.signed, lower) {
			return nil, denied
		}
	}
	seed := s.sign(a, algorithm+"\n"+date+"\n"+a.day+"/"+a.region+scopeTail+"\n"+hexSum([]byte(canonical(r, a.signed))))
	if !hmac.Equal([]byte(seed), []byte(a.signature)) {
		return nil, denied
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	switch content := r.Header.Get(headerContent); content {
	case streaming:
		return s.chunks(r, a, date, seed, body)
	case unsigned:
		if r.TLS == nil {
			return nil, denied
		}
		return body, nil
	default:
		if hexSum(body) != content {
			return nil, refusal{http.StatusBadRequest, "XAmzContentSHA256Mismatch"}
		}
		return body, nil
	}
}

// chunks takes a streamed body apart. Each chunk is signed over the one before.
func (s *Server) chunks(r *http.Request, a authorization, date, previous string, body []byte) ([]byte, error) {
	broken := refusal{http.StatusBadRequest, "IncompleteBody"}
	in := bufio.NewReader(bytes.NewReader(body))
	var out []byte
	for {
		line, err := in.ReadString('\n')
		size, signature, ok := strings.Cut(strings.TrimSuffix(line, "\r\n"), ";chunk-signature=")
		n, e := strconv.ParseUint(size, 16, 31)
		if err != nil || !ok || e != nil {
			return nil, broken
		}
		data := make([]byte, n)
		if _, err := io.ReadFull(in, data); err != nil {
			return nil, broken
		}
		want := s.sign(a, algorithm+"-PAYLOAD\n"+date+"\n"+a.day+"/"+a.region+scopeTail+"\n"+previous+"\n"+emptySHA256+"\n"+hexSum(data))
		if !hmac.Equal([]byte(want), []byte(signature)) {
			return nil, refusal{http.StatusForbidden, "SignatureDoesNotMatch"}
		}
		previous, out = signature, append(out, data...)
		if n == 0 {
			break
		}
		if end, err := in.ReadString('\n'); err != nil || end != "\r\n" {
			return nil, broken
		}
	}
	if want := atoi(r.Header.Get("X-Amz-Decoded-Content-Length")); want != int64(len(out)) {
		return nil, broken
	}
	return out, nil
}

func (s *Server) sign(a authorization, text string) string {
	key := []byte("AWS4" + s.SecretKey)
	for _, part := range []string{a.day, a.region, "s3", "aws4_request", text} {
		mac := hmac.New(sha256.New, key)
		_, _ = mac.Write([]byte(part)) // a hash never fails
		key = mac.Sum(nil)
	}
	return hex.EncodeToString(key)
}

// canonical is the request as it was signed.
func canonical(r *http.Request, signed []string) string {
	var b strings.Builder
	b.WriteString(r.Method + "\n" + escape(r.URL.Path, true) + "\n" + canonicalQuery(r.URL.Query()) + "\n")
	for _, name := range signed {
		value := strings.Join(r.Header.Values(name), ",")
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = strconv.FormatInt(r.ContentLength, 10)
		}
		b.WriteString(name + ":" + strings.Join(strings.Fields(value), " ") + "\n")
	}
	b.WriteString("\n" + strings.Join(signed, ";") + "\n" + r.Header.Get(headerContent))
	return b.String()
}

func canonicalQuery(q url.Values) string {
	var parts []string
	for name, values := range q {
		for _, v := range values {
			parts = append(parts, escape(name, false)+"="+escape(v, false))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "&")
}

// escape is the protocol's own percent-encoding.
func escape(s string, slashes bool) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-_.~", c) >= 0, slashes && c == '/':
			b.WriteByte(c)
		default:
			b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
		}
	}
	return b.String()
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
