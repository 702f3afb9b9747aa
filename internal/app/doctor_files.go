package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"pronto/dispatch"
	"pronto/internal/blob"
	"pronto/storage"
)

// remedyFile is for a file whose bytes are lost: the conversation and the record of the file are not.
const remedyFile = "the file cannot be downloaded any more, everything else can: copy it from a backup, attachments/ and the first two letters of the hash, to the same place below the data folder, and run doctor again"

// DiagnoseFiles adds to a diagnosis whether the files of attachments are there, with the size of their record. With read,
// every byte of each is read and must have the hash that is the file's name.
func (d *Diagnosis) DiagnoseFiles(ctx context.Context, db *storage.DB, data string, c AttachmentConfig, read bool) (err error) {
	staging, err := blob.OpenStaging(blob.StagingOptions{Dir: filepath.Join(data, attachmentsFolder)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, staging.Close()) }()
	store, err := c.store(staging)
	if err != nil {
		return err
	}
	have := map[blob.Hash]int64{} // 40 bytes each: a million files are a small table
	err = store.Each(ctx, func(i blob.Info) error {
		have[i.Hash] = i.Size
		return nil
	})
	if err != nil {
		return fmt.Errorf("list files: %w", err)
	}
	look := &fileLook{d: d, store: store, have: have, read: read, seen: map[blob.Hash]bool{}}
	if err := db.EachAttachment(func(id dispatch.AttachmentID) error { return look.attachment(ctx, db, id) }); err != nil {
		return err
	}
	d.fact("attachments: %d with %d files, %d bytes; %d files that none refers to, which the server removes", look.records, len(look.seen), look.bytes, len(have)-look.present)
	return nil
}

type fileLook struct {
	d                *Diagnosis
	store            blob.Store
	have             map[blob.Hash]int64
	read             bool
	seen             map[blob.Hash]bool // looked at
	records, present int
	bytes            int64
}

func (l *fileLook) attachment(ctx context.Context, db *storage.DB, id dispatch.AttachmentID) error {
	a, err := db.Attachment(id)
	if err != nil {
		return err
	}
	l.records++
	if len(a.Hash) > 0 {
		if err := l.file(ctx, id, a.Hash, a.Size); err != nil {
			return err
		}
	}
	if len(a.Thumbnail) > 0 {
		return l.file(ctx, id, a.Thumbnail, -1)
	}
	return nil
}

// file looks at one file. A size below 0 is not known.
func (l *fileLook) file(ctx context.Context, id dispatch.AttachmentID, hash []byte, size int64) error {
	var h blob.Hash
	if copy(h[:], hash) != len(h) || l.seen[h] {
		return nil
	}
	l.seen[h] = true
	got, there := l.have[h]
	if !there {
		l.find(id, h, "is not there")
		return nil
	}
	l.present++
	l.bytes += got
	if size >= 0 && got != size {
		l.find(id, h, fmt.Sprintf("has %d bytes, not %d", got, size))
		return nil
	}
	if !l.read {
		return nil
	}
	f, _, err := l.store.Open(ctx, h)
	if err != nil {
		return fmt.Errorf("open file %s: %w", h, err)
	}
	_, err = io.Copy(io.Discard, f)
	err = errors.Join(err, f.Close())
	if errors.Is(err, blob.ErrDamaged) {
		l.find(id, h, "has other bytes than were kept")
		return nil
	}
	return err
}

func (l *fileLook) find(id dispatch.AttachmentID, h blob.Hash, what string) {
	l.d.Findings = append(l.d.Findings, Finding{fmt.Sprintf("attachment %s: file %s %s", id, h, what), remedyFile})
}
