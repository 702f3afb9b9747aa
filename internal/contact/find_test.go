package contact_test

import (
	"slices"
	"strings"
	"testing"

	"pronto/internal/contact"
	"pronto/protocol"
)

func TestAContactIsFoundByBeginningsAndByNumbersInAnySpelling(t *testing.T) {
	d := contact.Details{
		Name: "Marina São João",
		Identities: []protocol.Identity{
			{Kind: "phone", Value: "+5511987654321"}, {Kind: "whatsapp", Value: "16502530000"}, {Kind: "email", Value: "m.souza@example.com"}, {Kind: "telegram", Value: "4455667"},
		},
		Documents: []protocol.Identity{{Kind: "cpf", Value: "12345678909"}, {Kind: "rg", Value: "62345678"}},
	}
	for text, want := range map[string]bool{
		"marina": true, "MAR sao": true, "jo mari": true, "arina": false, "marina pedro": false,
		"+55 (11) 98765-4321": true, "11987654321": true, "011 98765-4321": true, "987654321": true, "98765-4321": true,
		"8765-4321": true, "1187654321": true, "551187654321": true, "11 8765 4321": true, // as it was before the ninth digit
		"119876": true, "5511987": true, "87654": false, "98765-0000": false,
		"16502530000": true, "+1 650 253-0000": true, "m.souza@example.com": true, "souza": true, "4455": true,
		"123.456.789-09": true, "12345678909": true, "123456": true, "62345678": true,
	} {
		s, err := contact.ParseSearch(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Match((&contact.Rules{}).Known(&d)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	old := contact.Details{Identities: []protocol.Identity{{Kind: "whatsapp", Value: "553188887777"}}} // without it, as the provider has it
	for _, text := range []string{"+55 (31) 98888-7777", "031 98888-7777", "98888-7777", "31 8888-7777", "8888-7777", "553188887777"} {
		if s, _ := contact.ParseSearch(text); !s.Match((&contact.Rules{}).Known(&old)) {
			t.Errorf("without the ninth digit: %s", text)
		}
	}
	masked := &contact.Rules{MaskedDocuments: []string{"cpf"}}
	for text, want := range map[string]bool{"123456": false, "1234567890": false, "123.456.789-09": true, "62345": true} {
		s, _ := contact.ParseSearch(text)
		if got := s.Match(masked.Known(&d)); got != want {
			t.Errorf("masked: %s: %v", text, got)
		}
	}
	if s, err := contact.ParseSearch("!?"); err != nil || len(s) != 0 || s.Match(masked.Known(&d)) {
		t.Errorf("nothing to look for: %v %v", s, err)
	}
	if got := strings.Join(contact.Words(&d), " "); !slices.Contains(strings.Fields(got), "joao") {
		t.Errorf("words: %s", got)
	}
}
