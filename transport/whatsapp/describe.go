package whatsapp

import (
	"strings"

	"pronto/dispatch"
)

// describe fills in the text and the media of a message. What has no text of its own is put in brackets, in words that are
// neither translated nor the provider's.
func describe(m wireMessage, in *Inbound) {
	switch m.Type {
	case "text":
		in.Text = string(m.Text.v.Body)
	case "image":
		describeMedia(m.Image.v, in)
	case "audio", "voice":
		describeMedia(m.Audio.v, in)
	case "video":
		describeMedia(m.Video.v, in)
	case "document":
		describeMedia(m.Document.v, in)
	case "sticker":
		describeMedia(m.Sticker.v, in)
	case "location":
		l := m.Location.v
		in.Text = bracket("location", l.Name, l.Address, joined(",", l.Latitude, l.Longitude))
	case "contacts":
		in.Text = cards(m.Contacts)
	case "interactive":
		i := m.Interactive.v
		in.Text = string(joined(" ", i.ButtonReply.v.Title, i.ListReply.v.Title, i.ListReply.v.Description, i.FormReply.v.Body))
	case "button":
		in.Text = string(m.Button.v.Text)
	case "reaction":
		in.ReplyTo = dispatch.ExternalID(m.Reaction.v.MessageID)
		in.Text = bracket("reaction", m.Reaction.v.Emoji)
	case "order":
		in.Text = order(m.Order.v.Text, m.Order.v.ProductItems)
	case "system":
		in.Text = string(m.System.v.Body)
	}
	if strings.TrimSpace(in.Text) == "" {
		in.Text = placeholder(m)
	}
}

// placeholder says that something came in and of what type, for types that this version does not know and for empty ones.
func placeholder(m wireMessage) string {
	const maxTypeLetters = 32
	name := m.Type
	if name == "" || name == "unsupported" || name == "unknown" || len(name) > maxTypeLetters || strings.ContainsFunc(string(name), notTypeLetter) {
		name = "unsupported message"
	}
	if len(m.Errors) > 0 {
		return bracket(string(name), text(providerError(m.Errors[0]).Title))
	}
	return bracket(string(name))
}

func notTypeLetter(r rune) bool { return (r < 'a' || r > 'z') && r != '_' }

func describeMedia(w wireMedia, in *Inbound) {
	if w.ID != "" {
		in.Media = append(in.Media, Media{
			ID: string(w.ID), Kind: in.Type, MIME: string(w.MIME), SHA256: string(w.SHA256),
			Caption: string(w.Caption), FileName: string(w.FileName),
		})
	}
	in.Text = string(w.Caption)
	if w.Caption == "" {
		in.Text = bracket(in.Type, w.FileName)
	}
}

func cards(contacts list) string {
	var lines []string
	for _, raw := range contacts {
		card, _ := object[wireCard](raw)
		parts := []text{card.Name.v.Formatted}
		for _, rawPhone := range card.Phones {
			phone, _ := object[wirePhone](rawPhone)
			parts = append(parts, phone.Phone)
		}
		lines = append(lines, bracket("contact", parts...))
	}
	return strings.Join(lines, "\n")
}

func order(note text, items list) string {
	lines := []string{bracket("order", note)}
	for _, raw := range items {
		i, _ := object[wireItem](raw)
		lines = append(lines, string(joined(" ", i.Quantity, "×", i.Product, i.Price, i.Currency)))
	}
	return strings.Join(lines, "\n")
}

// bracket gives "[name] a, b", leaving out what is empty.
func bracket(name string, parts ...text) string {
	return strings.TrimSpace("[" + name + "] " + string(joined(", ", parts...)))
}

func joined(by string, parts ...text) text {
	var present []string
	for _, p := range parts {
		if p != "" {
			present = append(present, string(p))
		}
	}
	return text(strings.Join(present, by))
}
