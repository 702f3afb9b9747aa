package app

import (
	"context"

	"pronto/internal/shed"
)

// door is what a message passes before it opens a conversation: under load it waits there, or is refused. A message of a
// conversation that is there never comes to it. It belongs to one message.
type door struct {
	line   *shed.Line // nil: it is open
	class  shed.Class
	leave  func()
	passed bool
}

// newDoor is for a message of a class; the zero class is a new conversation of any channel.
func newDoor(line *shed.Line, class shed.Class) *door {
	if class == 0 {
		class = shed.Arrivals
	}
	return &door{line: line, class: class}
}

// enter waits for a place, once.
func (d *door) enter(ctx context.Context) (err error) {
	if d.passed || d.line == nil {
		return nil
	}
	if d.leave, err = d.line.Enter(ctx, d.class); err == nil {
		d.passed = true
	}
	return err
}

func (d *door) close() {
	if d.passed {
		d.leave()
	}
}
