package attach

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"pronto/dispatch"
	"pronto/internal/scan"
	"pronto/storage"
)

const (
	workers     = 4              // files looked into at once
	giveUpAfter = 24 * time.Hour // since the upload; messages in the outbox wait as long
	firstRetry  = time.Second
	lastRetry   = 5 * time.Minute
	afterFault  = 30 * time.Second // when the record cannot be read or written
	longestIdle = 10 * time.Minute
)

// ReasonScan: the scanner does not judge the file, or could not be reached for giveUpAfter.
const ReasonScan = "scan_failed"

// work is what is still to be done about files. What waits is in storage; this only remembers what is under way.
type work struct {
	nudge chan struct{}
	mu    sync.Mutex
	busy  map[dispatch.AttachmentID]bool
	pause map[dispatch.AttachmentID]time.Time // after a fault; not in storage, which may be the fault
	all   sync.WaitGroup
}

func newWork() *work {
	return &work{nudge: make(chan struct{}, 1), busy: map[dispatch.AttachmentID]bool{}, pause: map[dispatch.AttachmentID]time.Time{}}
}

// Nudge makes Run look at once.
func (s *Service) Nudge() {
	select {
	case s.work.nudge <- struct{}{}:
	default:
	}
}

// Run does what is to be done about files until ctx ends, and returns when what was under way has stopped. What it did not
// come to is done by the next Run, also of another process.
func (s *Service) Run(ctx context.Context) {
	defer s.work.all.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-s.work.nudge:
		}
		next, err := s.round(ctx)
		if err != nil && ctx.Err() == nil {
			s.o.Log.Error().Err(err).Msg("look for waiting files")
			next = afterFault
		}
		timer.Reset(next)
	}
}

// round begins what is due, as far as workers are free, and says when to look again.
func (s *Service) round(ctx context.Context) (time.Duration, error) {
	now, next := s.o.Now(), longestIdle
	err := s.o.DB.WaitingAttachments(func(id dispatch.AttachmentID, due time.Time) error {
		begun, due, free := s.work.begin(id, due, now)
		switch {
		case begun:
			s.work.all.Go(func() { s.deal(ctx, id) })
		case !free:
			return storage.ErrStop // whoever ends nudges
		case due.After(now):
			next = min(next, due.Sub(now))
		}
		return ctx.Err()
	})
	return next, err
}

// begin takes a worker for a file that is due and that nobody deals with.
func (w *work) begin(id dispatch.AttachmentID, due, now time.Time) (begun bool, at time.Time, free bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if paused := w.pause[id]; paused.After(due) {
		due = paused
	}
	if w.busy[id] || due.After(now) {
		return false, due, true
	}
	if len(w.busy) >= workers {
		return false, due, false
	}
	delete(w.pause, id)
	w.busy[id] = true
	return true, due, true
}

func (w *work) end(id dispatch.AttachmentID, pause time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.busy, id)
	if !pause.IsZero() {
		w.pause[id] = pause
	}
}

// deal does the next step of one file.
func (s *Service) deal(ctx context.Context, id dispatch.AttachmentID) {
	err := s.step(ctx, id)
	var pause time.Time
	if err != nil && ctx.Err() == nil {
		pause = s.o.Now().Add(afterFault)
		s.o.Log.Error().Err(err).Str("attachment", string(id)).Msg("file not dealt with")
	}
	s.work.end(id, pause)
	s.Nudge()
}

func (s *Service) step(ctx context.Context, id dispatch.AttachmentID) error {
	a, err := s.o.DB.Attachment(id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	switch a.State {
	case storage.AttachmentUploaded, storage.AttachmentScanning:
		return s.look(ctx, &a)
	case storage.AttachmentFetching, storage.AttachmentClean, storage.AttachmentInfected, storage.AttachmentFailed:
	}
	return nil
}

// look has a file looked into and writes down what came of it.
func (s *Service) look(ctx context.Context, a *storage.Attachment) error {
	if a.State == storage.AttachmentUploaded {
		a.State = storage.AttachmentScanning
		if err := s.change(ctx, a); err != nil {
			return notStale(err)
		}
	}
	verdict, err := s.scan(ctx, a)
	if ctx.Err() != nil {
		return nil // the next process looks again
	}
	gone := *a
	switch {
	case err == nil && !verdict.Infected:
		a.State, a.Attempts, a.RetryAt = storage.AttachmentClean, 0, time.Time{}
		return notStale(s.change(ctx, a))
	case err == nil:
		s.o.Log.Warn().Str("attachment", string(a.ID)).Str("found", verdict.Name).Msg("infected file")
		a.State = storage.AttachmentInfected
	case errors.Is(err, scan.ErrUnfit), s.o.Now().Sub(a.CreatedAt) > giveUpAfter:
		s.o.Log.Warn().Err(err).Str("attachment", string(a.ID)).Msg("file not looked into")
		a.State, a.Reason = storage.AttachmentFailed, ReasonScan
	default:
		s.o.Log.Warn().Err(err).Str("attachment", string(a.ID)).Int("attempt", a.Attempts+1).Msg("file not looked into yet")
		return s.later(ctx, a)
	}
	return s.discard(ctx, a, &gone)
}

// discard writes down that a file came to a bad end, and removes its bytes.
func (s *Service) discard(ctx context.Context, a, had *storage.Attachment) error {
	a.Hash, a.Thumbnail, a.ThumbnailType, a.Attempts, a.RetryAt = nil, nil, "", 0, time.Time{}
	if err := s.change(ctx, a); err != nil {
		return notStale(err)
	}
	if len(had.Hash) > 0 {
		s.quota.give(had.Size)
	}
	return s.dropFiles(ctx, had, &Swept{})
}

func (s *Service) scan(ctx context.Context, a *storage.Attachment) (scan.Verdict, error) {
	if s.o.Scanner == nil {
		return scan.Verdict{}, nil // it was switched off
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.ScanTimeout)
	defer cancel()
	h, err := hashOf(a.Hash)
	if err != nil {
		return scan.Verdict{}, err
	}
	f, _, err := s.o.Blobs.Open(ctx, h)
	if err != nil {
		return scan.Verdict{}, fmt.Errorf("open file: %w", err)
	}
	defer func() { _ = f.Close() }()
	return s.o.Scanner.Scan(ctx, f)
}

// later notes an attempt that told nothing.
func (s *Service) later(ctx context.Context, a *storage.Attachment) error {
	pause := min(firstRetry<<min(a.Attempts, 20), lastRetry)
	a.Attempts++
	a.RetryAt = s.o.Now().Add(pause)
	return notStale(s.o.DB.SaveAttachment(ctx, a, s.o.Now()))
}

// change stores a new state and then tells it.
func (s *Service) change(ctx context.Context, a *storage.Attachment) error {
	if err := s.o.DB.SaveAttachment(ctx, a, s.o.Now()); err != nil {
		return err
	}
	if s.o.Changed != nil {
		s.o.Changed(a)
	}
	return nil
}
