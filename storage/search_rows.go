package storage

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"pronto/dispatch"
	"pronto/internal/words"
)

// Messages and notes are found by their words. A row says that a text has a word:
//
//	j word 0x00 ^ms(6) conversation(16) ^ordinal(4)    kind, places of the word
//
// so that the texts of a word stand newest first. The conversation is its id's 16 bytes; an id of another make is 0xff and
// its text. The kind is a TextKind; a place is the number of the word in the text, in one byte; morePlaces at the end says
// that it may stand anywhere else too.

// TextKind says what a text is and who wrote it; a set of kinds is their sum.
type TextKind byte

// The kinds of texts.
const (
	TextOfContact TextKind = 1 << iota
	TextOfAgent
	TextOfServer
	TextNote
)

const (
	maxPlaces  = 8    // of one word that a row tells
	morePlaces = 0xff // also behind a place that does not fit into a byte
	maxTokens  = 4096 // words of one text that are indexed: more than any that people write has
	ownMake    = 0xff // first byte of the id of another make: no packed id has it before the year 6 000
	placeEnds  = 10   // bytes of time and ordinal
)

// TextPlace is where a message or note stands among all: newest first, and the same for good.
type TextPlace struct {
	At           time.Time // to the millisecond
	Conversation dispatch.ConversationID
	Ordinal      uint64 // of the record
	Kind         TextKind
}

// append gives the part of a key that orders texts.
func (p *TextPlace) append(dst []byte) []byte {
	ms := ^uint64(p.At.UnixMilli())
	dst = append(dst, byte(ms>>40), byte(ms>>32), byte(ms>>24), byte(ms>>16), byte(ms>>8), byte(ms))
	return binary.BigEndian.AppendUint32(appendConversation(dst, p.Conversation), ^uint32(p.Ordinal))
}

func appendConversation(dst []byte, id dispatch.ConversationID) []byte {
	if raw, ok := packed(id); ok {
		return append(dst, raw[:]...)
	}
	return append(append(dst, ownMake), id...)
}

func packed(id dispatch.ConversationID) (raw [16]byte, ok bool) {
	if !strings.HasPrefix(string(id), "cnv_") {
		return raw, false
	}
	return dispatch.PackID(string(id))
}

// parseTextPlace is the inverse of append, but for the kind.
func parseTextPlace(b []byte) (p TextPlace, err error) {
	n := len(b) - 4
	if n < placeEnds-4+1 {
		return p, corrupt("search row")
	}
	ms := uint64(binary.BigEndian.Uint16(b))<<32 | uint64(binary.BigEndian.Uint32(b[2:]))
	p.At = time.UnixMilli(int64(^ms & (1<<48 - 1))).UTC()
	p.Ordinal = uint64(^binary.BigEndian.Uint32(b[n:]))
	switch id := b[6:n]; {
	case id[0] == ownMake:
		p.Conversation = dispatch.ConversationID(id[1:])
		if _, ok := packed(p.Conversation); ok || len(id) == 1 {
			return p, corrupt("search row")
		}
	case len(id) == 16:
		p.Conversation = dispatch.ConversationID(dispatch.UnpackID("cnv", [16]byte(id)))
	default:
		return p, corrupt("search row")
	}
	return p, nil
}

// foundBy gives the text by which a record is found, empty if it has none.
func foundBy(id dispatch.ConversationID, r dispatch.Record, ordinal uint64) (TextPlace, string) {
	switch r := r.(type) {
	case dispatch.MessageAppended:
		return TextPlace{At: r.Message.At, Conversation: id, Ordinal: ordinal, Kind: kindOfText(r.Message.Author.Kind)}, r.Message.Text
	case dispatch.NoteAdded:
		return TextPlace{At: r.Note.At, Conversation: id, Ordinal: ordinal, Kind: TextNote}, r.Note.Text
	}
	return TextPlace{}, ""
}

func kindOfText(by dispatch.AuthorKind) TextKind {
	switch by {
	case dispatch.AuthorContact:
		return TextOfContact
	case dispatch.AuthorAgent:
		return TextOfAgent
	}
	return TextOfServer
}

// wordRows makes the rows of texts, one text after the other, without new memory for each.
type wordRows struct {
	scan    words.Scanner
	letters []byte
	tokens  []wordToken
}

type wordToken struct {
	from, to int // in letters
	place    byte
}

func (x *wordRows) word(t *wordToken) []byte { return x.letters[t.from:t.to] }

// read finds the words of a text, those that are the same side by side.
func (x *wordRows) read(text string) {
	x.letters, x.tokens = x.letters[:0], x.tokens[:0]
	place := 0
	for x.scan.Scan(text); len(x.tokens) < maxTokens && x.scan.Next(); {
		t := wordToken{from: len(x.letters), place: morePlaces}
		x.letters = append(x.letters, x.scan.Word()...)
		t.to = len(x.letters)
		if !x.scan.Whole { // that of a number stands over several places
			if place < morePlaces {
				t.place = byte(place)
			}
			place++
		}
		x.tokens = append(x.tokens, t)
	}
	slices.SortFunc(x.tokens, func(a, b wordToken) int {
		if c := bytes.Compare(x.word(&a), x.word(&b)); c != 0 {
			return c
		}
		return int(a.place) - int(b.place)
	})
}

// append appends the rows of a text in the arena's memory.
func (x *wordRows) append(rows []Row, a *arena, p TextPlace, text string) []Row {
	return x.prefixed(rows, a, Row{}, Text{p, text})
}

// stored appends them as they stand in the store: in their keyspace, with their shard.
func (x *wordRows) stored(rows []Row, a *arena, shard byte, p TextPlace, text string) []Row {
	return x.prefixed(rows, a, Row{[]byte{spaceIndex}, []byte{shard}}, Text{p, text})
}

func (x *wordRows) prefixed(rows []Row, a *arena, before Row, t Text) []Row {
	x.read(t.Text)
	var room [64]byte
	place := t.Place.append(room[:0])
	for i := 0; i < len(x.tokens); {
		word := x.word(&x.tokens[i])
		row := Row{Key: a.take(append(append(append(append(append(a.room(), before.Key...), rowWord), word...), 0), place...))}
		value := append(append(a.room(), before.Value...), byte(t.Place.Kind))
		for n := 0; i < len(x.tokens) && bytes.Equal(x.word(&x.tokens[i]), word); i++ {
			switch n++; {
			case n > maxPlaces+1 || value[len(value)-1] == morePlaces:
			case n > maxPlaces:
				value = append(value, morePlaces)
			default:
				value = append(value, x.tokens[i].place)
			}
		}
		row.Value = a.take(value)
		rows = append(rows, row)
	}
	return rows
}

// replace adds to the change what finds a text by what it says now instead of what it said before; an empty text is not
// found any more.
func (x *wordRows) replace(c *Change, a *arena, p TextPlace, before, now string) {
	had, has := x.append(nil, a, p, before), x.append(nil, a, p, now)
	for _, r := range had {
		if !slices.ContainsFunc(has, func(o Row) bool { return bytes.Equal(o.Key, r.Key) }) {
			c.Delete = append(c.Delete, r.Key)
		}
	}
	c.Set = append(c.Set, has...)
}
