package attach

import (
	"context"
	"errors"
	"fmt"

	"pronto/dispatch"
	"pronto/internal/blob"
	"pronto/storage"
)

// Swept counts what a sweep did.
type Swept struct{ Linked, Attachments, Files int }

// Sweep removes attachments that no message came to have within OrphanAge, and bytes that no attachment refers to. It
// notes which ones a conversation has, so that they are not looked at again. One that cannot be dealt with is left to the
// next sweep.
func (s *Service) Sweep(ctx context.Context) (Swept, error) {
	var done Swept
	err := errors.Join(s.sweepRecords(ctx, &done), s.sweepFiles(ctx, &done))
	return done, err
}

func (s *Service) sweepRecords(ctx context.Context, done *Swept) error {
	var ids []dispatch.AttachmentID
	err := s.o.DB.UnlinkedAttachments(func(id dispatch.AttachmentID) error {
		ids = append(ids, id)
		return ctx.Err()
	})
	for _, id := range ids {
		err = errors.Join(err, s.sweepRecord(ctx, id, done))
		if ctx.Err() != nil {
			break
		}
	}
	return err
}

func (s *Service) sweepRecord(ctx context.Context, id dispatch.AttachmentID, done *Swept) error {
	a, err := s.o.DB.Attachment(id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil || s.o.Now().Sub(a.CreatedAt) < OrphanAge {
		return err
	}
	holder, err := s.o.DB.AttachmentHolder(id)
	if err != nil {
		return err
	}
	if holder != "" {
		a.Linked = true
		if err := notStale(s.o.DB.SaveAttachment(ctx, &a, s.o.Now())); err != nil {
			return err
		}
		done.Linked++
		return nil
	}
	return s.forget(ctx, &a, done)
}

// forget removes an attachment and its bytes, unless a message comes first.
func (s *Service) forget(ctx context.Context, a *storage.Attachment, done *Swept) error {
	err := s.o.DB.RemoveAttachment(ctx, a, s.o.Now())
	var taken *storage.Taken
	switch {
	case errors.As(err, &taken):
		return nil
	case err != nil:
		return notStale(err)
	}
	done.Attachments++
	if len(a.Hash) > 0 {
		s.quota.give(a.Size)
	}
	return s.dropFiles(ctx, a, done)
}

// dropFiles removes the bytes that a referred to, where nobody else does.
func (s *Service) dropFiles(ctx context.Context, a *storage.Attachment, done *Swept) error {
	var all error
	for _, raw := range [][]byte{a.Hash, a.Thumbnail} {
		if len(raw) == 0 {
			continue
		}
		h, err := hashOf(raw)
		if err == nil {
			err = s.dropFile(ctx, h, done)
		}
		all = errors.Join(all, err)
	}
	return all
}

func (s *Service) sweepFiles(ctx context.Context, done *Swept) error {
	return s.o.Blobs.Each(ctx, func(i blob.Info) error {
		if s.o.Now().Sub(i.Modified) < OrphanAge {
			return nil
		}
		return s.dropFile(ctx, i.Hash, done)
	})
}

func (s *Service) dropFile(ctx context.Context, h blob.Hash, done *Swept) error {
	return s.pins.alone(h, func() error {
		referred, err := s.o.DB.FileReferred(h[:])
		if err != nil || referred || s.pins.held(h) {
			return err
		}
		if err := s.o.Blobs.Remove(ctx, h); err != nil {
			return fmt.Errorf("remove file %s: %w", h, err)
		}
		done.Files++
		return nil
	})
}

// Hold keeps every file until release is called: a copy of the store that is made meanwhile has them all. Records go as ever,
// and what they alone referred to is removed by release; a process that ends before it leaves that to the sweep.
func (s *Service) Hold() (release func()) {
	let := s.pins.holdAll()
	return func() {
		var done Swept
		for _, h := range let() {
			if err := s.dropFile(context.Background(), h, &done); err != nil {
				s.o.Log.Error().Err(err).Msg("file left to the sweep")
			}
		}
	}
}

// notStale: somebody else changed the record meanwhile; the next sweep looks at it again.
func notStale(err error) error {
	var stale *storage.Stale
	if errors.As(err, &stale) || errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}
