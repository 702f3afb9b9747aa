package app

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"pronto/actors"
	"pronto/dispatch"
	"pronto/storage"
	"pronto/transport/delivery"
)

// fileWait is how long a message waits for its files before they are looked at again, should nobody tell.
const fileWait = 30 * time.Second

// filesOf gives the files of a message to the driver, or says why they cannot go now: a file that is not ready is waited
// for, one that never will be ends the message.
func (d *drivers) filesOf(ids []dispatch.AttachmentID) ([]delivery.File, *actors.Delivery) {
	var files []delivery.File
	for _, id := range ids {
		a, err := d.db.Attachment(id)
		switch {
		case errors.Is(err, storage.ErrNotFound), err == nil && a.State == storage.AttachmentFailed:
			return nil, &actors.Delivery{State: dispatch.DeliveryFailed, Error: delivery.ReasonFile}
		case err != nil:
			return nil, &actors.Delivery{Retry: fileWait}
		case a.State == storage.AttachmentInfected:
			return nil, &actors.Delivery{State: dispatch.DeliveryFailed, Error: delivery.ReasonInfected}
		case a.State.Waiting():
			return nil, &actors.Delivery{Waits: true, Retry: fileWait}
		}
		f := delivery.File{ID: a.ID, Name: a.Name, Type: a.Type, Size: a.Size, Open: func(ctx context.Context) (io.ReadCloser, error) {
			f, err := d.files.Open(ctx, &a, false)
			if err != nil {
				return nil, err
			}
			return f.File, nil
		}}
		f.URL, f.Expires = d.links.sign(a.ID)
		files = append(files, f)
	}
	return files, nil
}

// partlySent remembers how far messages got that a provider takes in parts, between attempts. A process that ends forgets
// it; the parts are then sent again, under the message's id.
type partlySent struct {
	mu    sync.Mutex
	parts map[dispatch.MessageID]int
}

const maxPartlySent = 10_000 // messages; beyond, all are forgotten

func (p *partlySent) done(id dispatch.MessageID) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.parts[id]
}

func (p *partlySent) note(id dispatch.MessageID, r delivery.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case r.State == delivery.Sent || r.State == delivery.Failed:
		delete(p.parts, id)
	case r.Done > 0:
		if p.parts == nil || len(p.parts) >= maxPartlySent {
			p.parts = map[dispatch.MessageID]int{}
		}
		p.parts[id] = r.Done
	}
}
