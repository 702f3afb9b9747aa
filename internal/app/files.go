package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"pronto/dispatch"
	"pronto/internal/attach"
	"pronto/internal/blob"
	"pronto/internal/blob/s3"
	"pronto/internal/scan"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// attachmentsFolder is below the data folder: the files themselves, or with another driver those on their way.
const attachmentsFolder = "attachments"

// openFiles opens the folder of files and the driver that keeps them.
func (a *App) openFiles() (err error) {
	a.staging, err = blob.OpenStaging(blob.StagingOptions{
		Dir: filepath.Join(a.cfg.Data, attachmentsFolder),
		Room: func(bytes int64) error {
			err := a.db.Room(uint64(max(0, bytes)))
			if errors.Is(err, storage.ErrReadOnly) {
				return blob.ErrNoRoom
			}
			return err
		},
	})
	if err != nil {
		return err
	}
	if a.blobs, err = a.cfg.Attachments.store(a.staging); err != nil {
		return errors.Join(err, a.staging.Close())
	}
	scanner, err := a.cfg.Attachments.scanner()
	if err != nil {
		return errors.Join(err, a.staging.Close())
	}
	a.files = attach.New(attach.Options{
		Scanner: scanner, ScanTimeout: a.cfg.Attachments.ScanTimeout, Changed: a.fileChanged,
		DB: a.db, Blobs: a.blobs, Staging: a.staging, Log: a.log, Now: a.system.Now,
		NewID:  func() dispatch.AttachmentID { return dispatch.AttachmentID(newID("att", homePartition)) },
		Limits: a.catalog.fileLimits,
	})
	a.driver.files = a.files
	a.driver.links, err = newFileLinks(context.Background(), a.db, a.cfg.PublicURL, a.system.Now)
	return err
}

// store is the driver that the configuration names.
func (c AttachmentConfig) store(staging *blob.Staging) (blob.Store, error) {
	if c.Driver != driverS3 {
		return blob.NewDisk(staging), nil
	}
	return c.bucket()
}

const driverS3 = "s3"

// bucket is the store in S3. It is not asked whether it is there: that needs the network.
func (c AttachmentConfig) bucket() (blob.Store, error) {
	for name, value := range map[string]string{
		"endpoint": c.S3Endpoint, "bucket": c.S3Bucket, "access-key": c.S3AccessKey, "secret-key": c.S3SecretKey.Reveal(),
	} {
		if value == "" {
			return nil, fmt.Errorf("attachments in S3 need attachments-s3-%s", name)
		}
	}
	return s3.New(s3.Options{
		Endpoint: c.S3Endpoint, Bucket: c.S3Bucket, Prefix: c.S3Prefix, Region: c.S3Region, AccessKey: c.S3AccessKey,
		SecretKey: c.S3SecretKey.Reveal(), Plain: c.S3Plain,
	})
}

// scanner is who looks into files; nil: nobody.
func (c AttachmentConfig) scanner() (scan.Scanner, error) {
	s, err := scan.New(c.Scan, c.ScanAddress, c.ScanToken.Reveal())
	if err != nil {
		return nil, fmt.Errorf("attachments-scan-address: %w", err)
	}
	return s, nil
}

// sweepFiles removes what nobody needs any more.
func (a *App) sweepFiles(ctx context.Context) error {
	done, err := a.files.Sweep(ctx)
	if done != (attach.Swept{}) {
		a.log.Info().Int("linked", done.Linked).Int("attachments", done.Attachments).Int("files", done.Files).Msg("files swept")
	}
	return err
}

// fileChanged tells who has the conversation, or before there is one, who uploaded the file.
func (a *App) fileChanged(f *storage.Attachment) {
	holder, err := a.db.AttachmentHolder(f.ID)
	if err != nil {
		a.log.Error().Err(err).Str("attachment", string(f.ID)).Msg("file's conversation not found")
		return
	}
	if holder != "" {
		a.system.AttachmentChanged(holder, f.ID)
		return
	}
	if prefix, _, _, err := dispatch.ParseID(f.Uploader); err == nil && prefix == "agt" {
		a.system.Publish(dispatch.AgentID(f.Uploader), dispatch.EventAttachment{Attachment: f.ID})
	}
}

// fileLimits are the organisation's.
func (c *catalog) fileLimits() attach.Limits {
	l := c.now.Load().files
	return attach.Limits{MaxBytes: l.MaxBytes, MaxPixels: l.MaxPixels, QuotaBytes: l.QuotaBytes, Types: l.Types}
}

func defaultFileLimits() *protocol.AttachmentLimits {
	l := protocol.DefaultAttachmentLimits()
	return &l
}

// attachments is the edge's view of files.
type attachments struct {
	files         *attach.Service
	db            *storage.DB
	catalog       *catalog
	conversations *conversations
	links         *fileLinks
}

func (s attachments) Limits() protocol.AttachmentLimits { return *s.catalog.now.Load().files }

func (s attachments) Upload(ctx context.Context, p transport.Principal, u transport.Upload) (protocol.Attachment, error) {
	confirm := func(sent blob.Hash) error { return u.Confirm(sent) }
	a, err := s.files.Upload(ctx, attach.Upload{Uploader: p.ID, Name: u.Name, Expect: u.Expect, Body: u.Body, Confirm: confirm})
	return wireAttachment(&a), fileRefusal(err)
}

func (s attachments) Get(ctx context.Context, p transport.Principal, id dispatch.AttachmentID) (transport.AttachmentView, error) {
	a, err := s.db.Attachment(id)
	if errors.Is(err, storage.ErrNotFound) {
		return transport.AttachmentView{}, transport.Refuse(protocol.CodeNotFound)
	}
	if err != nil {
		return transport.AttachmentView{}, err
	}
	v := transport.AttachmentView{Attachment: wireAttachment(&a)}
	holder, err := s.db.AttachmentHolder(id)
	if err != nil {
		return v, err
	}
	if holder != "" {
		c, err := s.conversations.Get(ctx, p, holder)
		if err != nil {
			return v, err
		}
		if err := s.hidden(id); err != nil {
			return v, fileRefusal(err)
		}
		v.Object = c.Object
	}
	v.Object.Agent = dispatch.AgentID(a.Uploader)
	return v, nil
}

func (s attachments) Open(ctx context.Context, id dispatch.AttachmentID, little bool) (transport.File, error) {
	a, err := s.db.Attachment(id)
	if err == nil {
		err = s.hidden(id)
	}
	if err != nil {
		return transport.File{}, fileRefusal(err)
	}
	f, err := s.files.Open(ctx, &a, little)
	if err != nil {
		return transport.File{}, fileRefusal(err)
	}
	return transport.File{ReadSeekCloser: f.File, Name: f.Name, Type: f.Type, Hash: f.Hash.String(), Drawn: f.Drawn}, nil
}

// hidden refuses the file of a message that was redacted.
func (s attachments) hidden(id dispatch.AttachmentID) error {
	holder, err := s.db.AttachmentHolder(id)
	if err != nil || holder == "" {
		return err
	}
	c, _, err := s.db.LoadConversation(holder)
	if err == nil && c.Hides(id) {
		return storage.ErrNotFound
	}
	return err
}

func (s attachments) Linked(id dispatch.AttachmentID, expires int64, signature string) bool {
	return s.links.holds(id, expires, signature)
}

func (s attachments) Sendable(_ context.Context, p transport.Principal, conversation dispatch.ConversationID, ids []dispatch.AttachmentID) error {
	return sendRefusal(s.files.Sendable(p.ID, conversation, ids))
}

// wireAttachment is a record as everybody sees it.
func wireAttachment(a *storage.Attachment) protocol.Attachment {
	out := protocol.Attachment{
		ID: string(a.ID), Name: a.Name, Size: a.Size, Type: a.Type, State: string(a.State), Reason: a.Reason, Width: a.Width, Height: a.Height,
	}
	if len(a.Thumbnail) > 0 && a.State == storage.AttachmentClean {
		out.Thumbnail = transport.AttachmentThumbnail(a.ID)
	}
	return out
}

// names is the catalogue as the edge sees it, with the files of messages.
type names struct {
	*catalog
	db *storage.DB
}

func (n names) Attachment(id dispatch.AttachmentID) protocol.Attachment {
	a, err := n.db.Attachment(id)
	if err != nil {
		return protocol.Attachment{ID: string(id), State: string(storage.AttachmentFailed), Reason: "gone"}
	}
	return wireAttachment(&a)
}

var fileCodes = map[attach.Why]protocol.Code{
	attach.Empty: protocol.CodeBadRequest, attach.TooLarge: protocol.CodeTooLarge, attach.TypeRefused: protocol.CodeTypeRefused,
	attach.OverQuota: protocol.CodeQuotaExceeded, attach.NoRoom: protocol.CodeReadOnly, attach.NotFound: protocol.CodeNotFound,
	attach.NotAvailable: protocol.CodeNotAvailable,
}

// fileRefusal gives the refusals of an upload or a download their codes. Those of an upload name its field.
func fileRefusal(err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return transport.Refuse(protocol.CodeNotFound)
	}
	var no *attach.Refusal
	if !errors.As(err, &no) {
		return err
	}
	r := &transport.Refusal{Code: fileCodes[no.Why], Reason: no.Detail, MaxBytes: no.MaxBytes}
	field := map[attach.Why]string{attach.Empty: protocol.FieldRequired, attach.TooLarge: protocol.FieldTooLarge, attach.TypeRefused: protocol.FieldNotAllowed}[no.Why]
	if field != "" {
		r.Fields = []protocol.FieldError{{Pointer: "/file", Code: field}}
	}
	return r
}

// sendRefusal is the same for the attachments of a message: it names the one at fault.
func sendRefusal(err error) error {
	var no *attach.Refusal
	if !errors.As(err, &no) {
		return err
	}
	at := "/attachment_ids/" + strconv.Itoa(no.At)
	if no.Why == attach.NotAvailable {
		return &transport.Refusal{Code: protocol.CodeNotAvailable, Reason: no.Detail, Fields: []protocol.FieldError{{Pointer: at, Code: protocol.FieldInvalid}}}
	}
	return fieldRefusal(at, protocol.FieldNotFound)
}
