package attach

import (
	"context"
	"errors"
	"fmt"

	"pronto/dispatch"
	"pronto/internal/blob"
	"pronto/internal/media"
	"pronto/storage"
)

// File is one that is given out.
type File struct {
	blob.File
	Hash blob.Hash
	Name string
	Type string
	// Drawn says that this server made the bytes: only such a picture may be shown in a page.
	Drawn bool
}

// Open opens the file of an attachment, or its small picture. It refuses with NotAvailable while it is not clean, and with
// storage.ErrNotFound when there is no such picture.
func (s *Service) Open(ctx context.Context, a *storage.Attachment, little bool) (File, error) {
	if a.State != storage.AttachmentClean {
		return File{}, &Refusal{Why: NotAvailable, Detail: string(a.State)}
	}
	out := File{Name: a.Name, Type: a.Type, Drawn: media.IsImage(a.Type)}
	raw := a.Hash
	if little {
		raw, out.Type = a.Thumbnail, a.ThumbnailType
	}
	if len(raw) == 0 {
		return File{}, storage.ErrNotFound
	}
	var err error
	if out.Hash, err = hashOf(raw); err != nil {
		return File{}, err
	}
	out.File, _, err = s.o.Blobs.Open(ctx, out.Hash)
	if errors.Is(err, blob.ErrNotFound) {
		return File{}, fmt.Errorf("file of %s is missing: %w", a.ID, storage.ErrCorrupt)
	}
	return out, err
}

// Sendable checks the attachments of a message: each exists, was uploaded by the sender, is in no other conversation, and
// may still become clean. An empty conversation stands for one that is not known yet. What the conversation has already is
// its own, whatever became of it: a repeated command gets its first answer.
func (s *Service) Sendable(uploader string, conversation dispatch.ConversationID, ids []dispatch.AttachmentID) error {
	for i, id := range ids {
		if err := s.sendable(uploader, conversation, id); err != nil {
			var no *Refusal
			if errors.As(err, &no) {
				no.At = i
			}
			return err
		}
	}
	return nil
}

func (s *Service) sendable(uploader string, conversation dispatch.ConversationID, id dispatch.AttachmentID) error {
	a, err := s.o.DB.Attachment(id)
	if errors.Is(err, storage.ErrNotFound) {
		return &Refusal{Why: NotFound}
	}
	if err != nil {
		return err
	}
	holder, err := s.o.DB.AttachmentHolder(id)
	switch {
	case err != nil:
		return err
	case holder != "" && holder == conversation:
		return nil
	case holder != "" && conversation != "", a.Uploader != uploader || uploader == "":
		return &Refusal{Why: NotFound}
	case holder == "" && (a.State == storage.AttachmentInfected || a.State == storage.AttachmentFailed):
		return &Refusal{Why: NotAvailable, Detail: string(a.State)}
	}
	return nil
}
