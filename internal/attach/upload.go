package attach

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"pronto/internal/blob"
	"pronto/internal/media"
	"pronto/storage"
)

// Upload is a file on its way in.
type Upload struct {
	Uploader string // principal
	Name     string // as sent
	Expect   int64  // bytes that will come; 0: not known
	Body     io.Reader
	// Confirm is asked when all bytes are here and nothing is kept yet, with their hash; an error ends the upload, as it is.
	Confirm func(sent blob.Hash) error
}

// drawnFactor bounds a picture that was drawn anew, in files as large as the limit: a lossless one may grow.
const drawnFactor = 4

// incoming is a file that is being looked at. What it has staged and did not keep is discarded.
type incoming struct {
	limits       Limits
	kind         string
	sent         *blob.Staged
	kept, little *blob.Staged // what is to be kept: the file, and a small picture of it or nil
	picture      media.Picture
}

func (in *incoming) discard() {
	for _, f := range []*blob.Staged{in.sent, in.kept, in.little} {
		if f != nil {
			f.Discard()
		}
	}
}

// Upload takes a file in. It is durable, with its record, when Upload returns.
func (s *Service) Upload(ctx context.Context, u Upload) (storage.Attachment, error) {
	in := &incoming{limits: s.o.Limits()}
	defer in.discard()
	if err := s.receive(ctx, in, u.Body, u.Expect); err != nil {
		return storage.Attachment{}, refusalOf(err, in.limits)
	}
	if u.Confirm != nil {
		if err := u.Confirm(in.sent.Hash()); err != nil {
			return storage.Attachment{}, err
		}
	}
	a := storage.Attachment{ID: s.o.NewID(), Uploader: u.Uploader, CreatedAt: s.o.Now()}
	if err := s.settle(ctx, in, &a, u.Name); err != nil {
		return a, refusalOf(err, in.limits)
	}
	if a.State.Waiting() {
		s.Nudge()
	}
	return a, nil
}

// receive stages the bytes and finds out what they are. What cannot be taken is refused as early as that is known.
func (s *Service) receive(ctx context.Context, in *incoming, body io.Reader, expect int64) error {
	if expect > in.limits.MaxBytes {
		return blob.ErrTooLarge
	}
	if err := s.quota.check(expect, in.limits.QuotaBytes); err != nil {
		return err
	}
	head := make([]byte, media.HeadBytes)
	n, err := io.ReadFull(body, head)
	switch {
	case err == io.EOF: //nolint:errorlint // the bare value, as ReadFull returns it
		return &Refusal{Why: Empty}
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("read file: %w", err)
	}
	in.kind = media.Detect(head[:n])
	if !media.Allowed(in.limits.Types, in.kind) {
		return &Refusal{Why: TypeRefused, Detail: DetailNotAllowed}
	}
	in.sent, err = s.stage(ctx, io.MultiReader(bytes.NewReader(head[:n]), body), in.limits.MaxBytes, expect)
	return err
}

func (s *Service) stage(ctx context.Context, r io.Reader, limit, expect int64) (*blob.Staged, error) {
	w, err := s.o.Staging.Create(limit, expect)
	if err != nil {
		return nil, err
	}
	defer w.Discard()
	buffer := make([]byte, 64<<10)
	for {
		n, err := r.Read(buffer)
		if n > 0 {
			if _, err := w.Write(buffer[:n]); err != nil {
				return nil, err
			}
		}
		if err == io.EOF { //nolint:errorlint // the bare value, as readers return it
			return w.Finish()
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("read file: %w", err)
		}
	}
}

// settle makes what was received durable: the bytes, then the record. The record's version and owner are the caller's.
func (s *Service) settle(ctx context.Context, in *incoming, a *storage.Attachment, name string) error {
	if err := s.draw(ctx, in); err != nil {
		return err
	}
	hash := in.kept.Hash()
	a.Name, a.Type, a.Size, a.Hash = media.Name(name, in.kind), in.kind, in.kept.Size(), hash[:]
	a.State, a.Reason, a.Source, a.Attempts, a.RetryAt = storage.AttachmentClean, "", nil, 0, time.Time{}
	if s.o.Scanner != nil {
		a.State = storage.AttachmentUploaded
	}
	if in.little != nil {
		little := in.little.Hash()
		a.Thumbnail, a.ThumbnailType, a.Width, a.Height = little[:], in.picture.ThumbnailType, in.picture.Width, in.picture.Height
	}
	back, err := s.quota.take(a.Size, in.limits.QuotaBytes)
	if err != nil {
		return err
	}
	if err := s.keep(ctx, in, a); err != nil {
		back()
		return err
	}
	return nil
}

// draw replaces a picture by one that was drawn anew; the bytes that were sent are not kept.
func (s *Service) draw(ctx context.Context, in *incoming) error {
	if !media.IsImage(in.kind) {
		in.kept = in.sent
		return nil
	}
	src, err := in.sent.Open()
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	w, err := s.o.Staging.Create(drawnFactor*in.limits.MaxBytes, in.sent.Size())
	if err != nil {
		return err
	}
	defer w.Discard()
	if in.picture, err = s.studio.Redraw(ctx, src, in.kind, w, in.limits.MaxPixels); err != nil {
		return fmt.Errorf("draw image: %w", err)
	}
	in.kind = in.picture.Type
	if in.kept, err = w.Finish(); err != nil {
		return err
	}
	in.little, err = s.o.Staging.Stage(ctx, bytes.NewReader(in.picture.Thumbnail), int64(len(in.picture.Thumbnail)))
	return err
}

// keep holds the hashes from before the bytes are stored until the record refers to them: the sweep leaves them alone.
func (s *Service) keep(ctx context.Context, in *incoming, a *storage.Attachment) error {
	files := []*blob.Staged{in.kept}
	if in.little != nil {
		files = append(files, in.little)
	}
	var hashes []blob.Hash
	for _, f := range files {
		hashes = append(hashes, f.Hash())
	}
	defer s.pins.hold(hashes...)()
	for _, f := range files {
		if err := s.o.Blobs.Keep(ctx, f); err != nil {
			return err
		}
	}
	return s.o.DB.SaveAttachment(ctx, a, s.o.Now())
}
