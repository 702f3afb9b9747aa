package contact

import (
	"slices"
	"strings"

	"pronto/internal/identity"
	"pronto/internal/words"
)

// maxWords bounds the words of one contact: more than any name, identities and documents have together.
const maxWords = 200

// Known is one word by which a contact is found.
type Known struct {
	Word  string
	Whole bool // only who knows all of it finds the contact: the beginning of what is masked must not be guessed
}

// Words are the words by which a contact is found, whatever is masked at present.
func Words(d *Details) []string {
	known := (&Rules{}).Known(d)
	out := make([]string, len(known))
	for i := range known {
		out[i] = known[i].Word
	}
	return out
}

// Known are the words by which a contact is found: those of its name, identities and documents.
func (r *Rules) Known(d *Details) []Known {
	var out []Known
	add := func(whole bool, list ...string) {
		for _, w := range list {
			if len(out) < maxWords {
				out = append(out, Known{Word: w, Whole: whole})
			}
		}
	}
	add(false, words.Distinct(d.Name, maxWords)...)
	for _, id := range d.Identities {
		add(false, identityWords(identity.Kind(id.Kind), id.Value)...)
	}
	for _, doc := range d.Documents {
		add(slices.Contains(r.MaskedDocuments, doc.Kind), identityWords(identity.Kind(doc.Kind), doc.Value)...)
	}
	return out
}

// identityWords of a Brazilian number are the number with and without its area code: people leave out the rest.
func identityWords(kind identity.Kind, value string) []string {
	switch kind {
	case identity.Phone, identity.WhatsApp:
		digits := onlyDigits(value)
		if national, ok := brazilian(digits); ok {
			return []string{national, national[2:]}
		}
		if digits != "" && len(digits) == len(strings.TrimPrefix(value, "+")) {
			return []string{digits}
		}
	}
	return words.Distinct(value, maxWords)
}

// brazilian cuts the country code off a Brazilian number, of 10 or 11 digits without it.
func brazilian(digits string) (national string, ok bool) {
	if !strings.HasPrefix(digits, "55") || len(digits) != 12 && len(digits) != 13 {
		return "", false
	}
	return digits[2:], true
}

func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}

// Wanted is one thing that a contact must have: a word that begins with one of these.
type Wanted []string

// Search is what contacts are looked for by; all of it must hold.
type Search []Wanted

// ParseSearch reads what a person typed: words, each of which may be a beginning, or a number in any spelling. Empty: there
// is nothing in it to look for. The error is words.ErrTooMany.
func ParseSearch(text string) (Search, error) {
	if digits := onlyDigits(text); len(digits) >= minNumber && strings.Trim(text, "0123456789 +-./()") == "" {
		return Search{spellings(digits)}, nil
	}
	q, err := words.Parse(text)
	if err != nil {
		return nil, err
	}
	var s Search
	for _, term := range q.Terms {
		for _, w := range term.Words {
			s = append(s, Wanted{w})
		}
	}
	return s, nil
}

const minNumber = 5 // digits; shorter ones may be words of a name or an address

// spellings are the ways in which a number of these digits may be known.
func spellings(digits string) Wanted {
	w := Wanted{digits}
	short := strings.TrimLeft(digits, "0")
	if national, ok := brazilian(short); ok {
		short = national
	} else if strings.HasPrefix(short, "55") && len(short) > minNumber+1 {
		w = append(w, short[2:]) // the beginning of one
	}
	if short != digits && short != "" {
		w = append(w, short)
	}
	switch { // mobile numbers as they were written before the ninth digit, and as many wa_ids still are
	case len(short) == 10 && short[2] >= '6':
		w = append(w, short[:2]+"9"+short[2:])
	case len(short) == 8 && short[0] >= '6':
		w = append(w, "9"+short)
	case len(short) == 11 && short[2] == '9' && short[3] >= '6':
		w = append(w, short[:2]+short[3:])
	case len(short) == 9 && short[0] == '9' && short[1] >= '6':
		w = append(w, short[1:])
	}
	return w
}

// Match says whether the words of one contact have everything that is wanted.
func (s Search) Match(known []Known) bool {
	for _, w := range s {
		if !slices.ContainsFunc(known, func(k Known) bool { return w.Has(k) }) {
			return false
		}
	}
	return len(s) > 0
}

// Has says whether the word is one of the wanted, or begins with one.
func (w Wanted) Has(k Known) bool {
	for _, begin := range w {
		if k.Word == begin || !k.Whole && strings.HasPrefix(k.Word, begin) {
			return true
		}
	}
	return false
}
