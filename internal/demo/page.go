package demo

import (
	"context"
	"fmt"
	"time"

	"pronto/client"
	"pronto/protocol"
)

// page is the chat of a customer on the company's pages.
type page struct{ *client.Client }

const (
	pagePatience = 20 * time.Second // for one command
	pageAddress  = "https://horizonte.example/planos"
)

// open opens the chat; the same visitor comes back with its token.
func (t *town) open(c *customer) bool {
	if c.page.Client != nil {
		return true
	}
	ctx, cancel := context.WithTimeout(t.ctx, pagePatience)
	defer cancel()
	var p page
	dialed, err := client.Dial(ctx, client.Options{
		URL: t.base, HTTP: t.browser, Visit: &client.Visit{Channel: t.org.page, Name: c.name, Page: pageAddress, Token: c.token},
		OnEvent: func(e client.Event) {
			var m protocol.WidgetMessage
			if e.Name == protocol.EventConversationMessage && e.Decode(&m) == nil && m.Message.Author.Kind != "contact" {
				t.post(func() { t.look(c, m.Message.Seq) })
			}
		},
	})
	if err != nil {
		t.trouble(err, "open the chat of a page")
		return false
	}
	p.Client = dialed
	c.page, c.token = p, dialed.VisitorToken()
	t.looking[c] = true
	return true
}

// look reads what came, if the customer still has the page before them.
func (t *town) look(c *customer, seq int64) {
	if c.page.Client == nil {
		return
	}
	t.trouble(t.command(c, "message.read", protocol.WidgetRead{Seq: seq}, nil), "read on a page")
}

// write sends a message from the page.
func (t *town) write(c *customer, text string) {
	if !t.open(c) {
		return
	}
	var reply protocol.MessageReply
	if err := t.command(c, "message.send", protocol.WidgetSend{Text: text}, &reply); err != nil {
		t.trouble(err, "write on a page")
		return
	}
	c.talk = reply.Message.ConversationID
	t.pages[c.talk] = c
	t.follow(c.talk)
}

// command sends one of the visitor's commands and waits for its reply.
func (t *town) command(c *customer, name string, data, reply any) error {
	ctx, cancel := context.WithTimeout(t.ctx, pagePatience)
	defer cancel()
	if err := c.page.Do(ctx, name, data, reply); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// shut closes the page.
func (t *town) shut(c *customer) {
	if c.page.Client == nil {
		return
	}
	t.trouble(c.page.Close(), "close a page")
	c.page = page{}
	delete(t.looking, c)
}

// shutAll closes every page at the end.
func (t *town) shutAll() {
	for c := range t.looking {
		t.shut(c)
	}
}
