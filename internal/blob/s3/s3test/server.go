package s3test

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Server is one bucket. It is an http.Handler.
type Server struct {
	Bucket, Region, AccessKey, SecretKey string
	// PageSize of a listing; 1000 by default.
	PageSize int

	mu      sync.Mutex
	objects map[string]*object
	fail    []int // statuses that the next requests are answered with
	refused []string
}

type object struct {
	data     []byte
	etag     string
	modified time.Time
}

// FailNext makes the next requests fail with these statuses, in order.
func (s *Server) FailNext(statuses ...int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = append(s.fail, statuses...)
}

// Refused tells what was refused so far, and why.
func (s *Server) Refused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refused)
}

// Names lists the objects.
func (s *Server) Names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names("")
}

// Damage changes one byte of an object.
func (s *Server) Damage(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := *s.objects[name]
	o.data = bytes.Clone(o.data)
	o.data[len(o.data)/2] ^= 1
	s.objects[name] = &o
}

// Lose removes an object.
func (s *Server) Lose(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, name)
}

func (s *Server) names(prefix string) []string {
	var out []string
	for name := range s.objects {
		if strings.HasPrefix(name, prefix) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

type refusal struct {
	status int
	code   string
}

func (r refusal) Error() string { return r.code }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := s.verify(r)
	if err == nil {
		err = s.injected()
	}
	if err == nil {
		err = s.serve(w, r, body)
	}
	if err == nil {
		return
	}
	var no refusal
	switch e := err.(type) { //nolint:errorlint // only bare refusals are made here
	case refusal:
		no = e
	default:
		no = refusal{http.StatusInternalServerError, "InternalError"}
	}
	s.mu.Lock()
	s.refused = append(s.refused, r.Method+" "+no.code)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(no.status)
	if r.Method != http.MethodHead {
		_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>refused</Message></Error>", no.code)
	}
}

func (s *Server) injected() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.fail) == 0 {
		return nil
	}
	status := s.fail[0]
	s.fail = s.fail[1:]
	codes := map[int]string{http.StatusServiceUnavailable: "SlowDown", http.StatusInsufficientStorage: "XMinioStorageFull", http.StatusForbidden: "AccessDenied"}
	return refusal{status, codes[status]}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, body []byte) error {
	bucket, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if bucket != s.Bucket {
		return refusal{http.StatusNotFound, "NoSuchBucket"}
	}
	switch {
	case name == "" && r.Method == http.MethodGet && r.URL.Query().Has("location"):
		_, err := fmt.Fprintf(w, "<LocationConstraint>%s</LocationConstraint>", s.Region)
		return err
	case name == "" && r.Method == http.MethodGet:
		return s.list(w, r)
	case name == "" && r.Method == http.MethodHead:
		return nil
	case r.Method == http.MethodPut:
		return s.put(w, r, name, body)
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		return s.get(w, r, name)
	case r.Method == http.MethodDelete:
		s.mu.Lock()
		delete(s.objects, name)
		s.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
		return nil
	default:
		return refusal{http.StatusMethodNotAllowed, "MethodNotAllowed"}
	}
}

func (s *Server) put(w http.ResponseWriter, r *http.Request, name string, body []byte) error {
	sum := md5.Sum(body)
	if r.Header.Get("Content-Md5") != base64.StdEncoding.EncodeToString(sum[:]) {
		return refusal{http.StatusBadRequest, "BadDigest"}
	}
	o := &object{data: body, etag: `"` + hex.EncodeToString(sum[:]) + `"`, modified: time.Now().UTC()}
	s.mu.Lock()
	if s.objects == nil {
		s.objects = map[string]*object{}
	}
	s.objects[name] = o
	s.mu.Unlock()
	w.Header().Set("ETag", o.etag)
	return nil
}

func (s *Server) get(w http.ResponseWriter, r *http.Request, name string) error {
	s.mu.Lock()
	o := s.objects[name]
	s.mu.Unlock()
	if o == nil {
		return refusal{http.StatusNotFound, "NoSuchKey"}
	}
	w.Header().Set("ETag", o.etag)
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", o.modified, bytes.NewReader(o.data))
	return nil
}

type listing struct {
	XMLName     xml.Name `xml:"ListBucketResult"`
	Name        string
	Prefix      string
	KeyCount    int
	MaxKeys     int
	IsTruncated bool
	Next        string `xml:"NextContinuationToken,omitempty"`
	Contents    []listed
}

type listed struct {
	Key          string
	LastModified string
	ETag         string
	Size         int
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if q.Get("list-type") != "2" {
		return refusal{http.StatusNotImplemented, "NotImplemented"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	page := s.PageSize
	if page == 0 {
		page = 1000
	}
	out := listing{Name: s.Bucket, Prefix: q.Get("prefix"), MaxKeys: page}
	for _, name := range s.names(out.Prefix) {
		if name <= q.Get("continuation-token") {
			continue
		}
		if len(out.Contents) == page {
			out.IsTruncated, out.Next = true, out.Contents[page-1].Key
			break
		}
		o := s.objects[name]
		out.Contents = append(out.Contents, listed{Key: name, LastModified: o.modified.Format("2006-01-02T15:04:05.000Z"), ETag: o.etag, Size: len(o.data)})
	}
	out.KeyCount = len(out.Contents)
	w.Header().Set("Content-Type", "application/xml")
	_, _ = io.WriteString(w, xml.Header)
	return xml.NewEncoder(w).Encode(out)
}

func atoi(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return -1
	}
	return n
}
