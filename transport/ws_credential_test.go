package transport

import (
	"testing"

	"pronto/protocol"
)

// end makes every credential useless from now on, as far as nobody is told.
func (w *world) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
}

func TestADeskEndsWithItsCredential(t *testing.T) {
	t.Run("while it connects", func(t *testing.T) {
		sw := socketServer(t, nil)
		sw.setup = func(*fakePeer) { sw.end() }
		c, _, err := sw.dial(t, token("ana"), protocol.Subprotocol)
		if err != nil {
			t.Fatal(err)
		}
		if code := c.closedWith(); code != protocol.CloseRevoked {
			t.Errorf("closed with %d", code)
		}
		if err := (<-sw.peers).end(t); err == nil {
			t.Error("its session was told no reason")
		}
	})
	t.Run("with its next command", func(t *testing.T) {
		sw := socketServer(t, nil)
		c, _ := sw.connect(t)
		sw.end()
		c.write(`{"type":"command","id":"c1","name":"offer.accept","data":{"offer_id":"off_1"}}`)
		if r := c.reply(); r.OK || r.Error.Code != protocol.CodeUnauthorized {
			t.Errorf("answered %+v", r)
		}
		if code := c.closedWith(); code != protocol.CloseRevoked {
			t.Errorf("closed with %d", code)
		}
	})
	t.Run("once it answers a ping", func(t *testing.T) {
		sw := socketServer(t, nil)
		c, _ := sw.connect(t)
		sw.end()
		c.write(`{"type":"pong","n":1,"seq":0}`)
		if code := c.closedWith(); code != protocol.CloseRevoked {
			t.Errorf("closed with %d", code)
		}
	})
}
