package attach

import (
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"pronto/dispatch"
	"pronto/internal/blob"
	"pronto/internal/media"
	"pronto/internal/scan"
	"pronto/storage"
)

// OrphanAge is how long a file may be without a message, and bytes without a record.
const OrphanAge = 24 * time.Hour

// studioPixels bounds what decoding images holds in memory: 96 Mi pixels of four bytes, 384 MiB.
const studioPixels = 96 << 20

// Limits are the organisation's, as they are at the moment.
type Limits struct {
	MaxBytes   int64
	MaxPixels  int64
	QuotaBytes int64 // 0: none
	Types      []string
}

// Why a file is refused. The words are stable.
type Why string

// The refusals.
const (
	Empty        Why = "empty"
	TooLarge     Why = "too_large"
	TypeRefused  Why = "type_refused" // Detail: not_allowed, damaged, too_many_pixels
	OverQuota    Why = "quota_exceeded"
	NoRoom       Why = "read_only"
	NotFound     Why = "not_found"     // also: somebody else's, or in another conversation
	NotAvailable Why = "not_available" // Detail: the state
)

// Details of TypeRefused.
const (
	DetailNotAllowed = "not_allowed"
	DetailDamaged    = "damaged"
	DetailPixels     = "too_many_pixels"
)

// Refusal is why a file is not taken, not given out or not sent. At is its place in a list.
type Refusal struct {
	Why      Why
	Detail   string
	MaxBytes int64 // TooLarge
	At       int
}

func (r *Refusal) Error() string { return "file refused: " + string(r.Why) }

// Options are what the service needs.
type Options struct {
	DB      *storage.DB
	Blobs   blob.Store
	Staging *blob.Staging
	Limits  func() Limits
	NewID   func() dispatch.AttachmentID
	Now     func() time.Time
	Log     zerolog.Logger
	// Scanner looks into files before they are given out; nil: files are clean at once.
	Scanner     scan.Scanner
	ScanTimeout time.Duration // of one file; DefaultScanTimeout by default
	// Changed is called after a state of a file became durable that Run brought about. It must not block; nil: nobody listens.
	Changed func(a *storage.Attachment)
}

// DefaultScanTimeout is how long a scanner may take for a file.
const DefaultScanTimeout = time.Minute

// Service keeps the files of one organisation.
type Service struct {
	o      Options
	studio *media.Studio
	pins   pins
	quota  quota
	work   *work
}

// New returns a Service. Nothing runs before Run.
func New(o Options) *Service {
	if o.ScanTimeout <= 0 {
		o.ScanTimeout = DefaultScanTimeout
	}
	s := &Service{o: o, studio: media.NewStudio(studioPixels), work: newWork()}
	s.quota.load = func() (int64, error) {
		_, bytes, err := o.DB.AttachmentUse()
		return bytes, err
	}
	return s
}

// refusalOf gives the errors of the parts their refusal; others stay as they are.
func refusalOf(err error, limits Limits) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, blob.ErrTooLarge):
		return &Refusal{Why: TooLarge, MaxBytes: limits.MaxBytes}
	case errors.Is(err, blob.ErrNoRoom), errors.Is(err, storage.ErrReadOnly):
		return &Refusal{Why: NoRoom}
	case errors.Is(err, media.ErrTooManyPixels):
		return &Refusal{Why: TypeRefused, Detail: DetailPixels}
	case errors.Is(err, media.ErrDamaged):
		return &Refusal{Why: TypeRefused, Detail: DetailDamaged}
	}
	return err
}

func hashOf(raw []byte) (h blob.Hash, err error) {
	if len(raw) != len(h) {
		return h, fmt.Errorf("hash of %d bytes: %w", len(raw), storage.ErrCorrupt)
	}
	copy(h[:], raw)
	return h, nil
}
