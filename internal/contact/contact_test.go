package contact_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pronto/internal/contact"
	"pronto/protocol"
)

func rules() *contact.Rules {
	return &contact.Rules{
		Fields: map[string]*protocol.ContactField{
			"note":   {Key: "note", Kind: "text"},
			"age":    {Key: "age", Kind: "number"},
			"born":   {Key: "born", Kind: "date"},
			"vip":    {Key: "vip", Kind: "bool", Required: true},
			"plan":   {Key: "plan", Kind: "choice", Choices: []string{"ouro", "prata"}},
			"secret": {Key: "secret", Kind: "text", Masked: true},
		},
		MaskedDocuments: []string{"cpf"},
	}
}

func marina() contact.Details {
	return contact.Details{
		Name: "Marina", Identities: []protocol.Identity{{Kind: "phone", Value: "+5511999990000"}},
		Documents: []protocol.Identity{{Kind: "cpf", Value: "12345678909"}, {Kind: "rg", Value: "12345678X"}},
		Fields:    map[string]any{"note": "prefere e-mail", "secret": "azul", "gone": "value of a removed definition"},
	}
}

// shown is the contact as the edge shows it.
func shown(r *contact.Rules, d *contact.Details) *protocol.Contact {
	m, masked := r.Masked(d, nil)
	w := &protocol.Contact{
		ID: "con_1", Version: 3, Name: m.Name, Identities: m.Identities, Documents: m.Documents, Fields: m.Fields, Masked: masked, MissingFields: r.Missing(d),
	}
	protocol.FillLists(w)
	return w
}

func patched(t *testing.T, d contact.Details, patch string) contact.Change {
	t.Helper()
	c, err := rules().Patch(&d, contact.Details{}, shown(rules(), &d), []byte(patch))
	if err != nil {
		t.Fatalf("%s: %v", patch, err)
	}
	return c
}

func TestAPatchChangesOnlyWhatItNames(t *testing.T) {
	before := marina()
	c := patched(t, before, `{"name":"Marina Souza","fields":{"plan":"ouro","note":null,"vip":true,"age":41,"born":"1985-02-28"}}`)
	want := marina()
	want.Name = "Marina Souza"
	want.Fields = map[string]any{"plan": "ouro", "vip": true, "age": 41.0, "born": "1985-02-28", "secret": "azul", "gone": "value of a removed definition"}
	if diff := cmp.Diff(want, c.After); diff != "" {
		t.Error("after (-want +got):", diff)
	}
	if got := strings.Join(c.Touched, " "); got != "/fields/age /fields/born /fields/note /fields/plan /fields/vip /name" {
		t.Errorf("touched %s", got)
	}
	if diff := cmp.Diff(marina(), before); diff != "" {
		t.Error("the argument was changed:", diff)
	}
}

func TestValuesMustBeWhatTheirDefinitionSays(t *testing.T) {
	d := marina()
	d.Fields["vip"] = true
	for patch, want := range map[string]string{
		`{"fields":{"age":"41"}}`:               "/fields/age: wrong_type",
		`{"fields":{"born":"1985-02-30"}}`:      "/fields/born: invalid_time",
		`{"fields":{"born":12}}`:                "/fields/born: wrong_type",
		`{"fields":{"vip":"yes"}}`:              "/fields/vip: wrong_type",
		`{"fields":{"vip":null}}`:               "/fields/vip: required",
		`{"fields":null}`:                       "/fields/vip: required",
		`{"fields":{"plan":"bronze"}}`:          "/fields/plan: not_allowed",
		`{"fields":{"note":"  "}}`:              "/fields/note: required",
		`{"fields":{"note":["a"]}}`:             "/fields/note: wrong_type",
		`{"fields":{"gone":"x"}}`:               "/fields/gone: unknown_field",
		`{"fields":{"other":1,"age":"x"}}`:      "/fields/age: wrong_type, /fields/other: unknown_field",
		`{"fields":"x"}`:                        "/fields: wrong_type",
		`{"fields":{"note":"` + long + `"}}`:    "/fields/note: too_long",
		`{"version":9}`:                         "/version: read_only",
		`{"created_at":"2026-01-01T00:00:00Z"}`: "/created_at: read_only",
		`{"masked":[]}`:                         "/masked: read_only",
		`{"Name":"x"}`:                          "/Name: unknown_field",
		`{"nome":"x"}`:                          "/nome: unknown_field",
		`{"name":1}`:                            "/name: wrong_type",
		`[]`:                                    ": invalid_json",
		`null`:                                  ": invalid_json",
	} {
		_, err := rules().Patch(&d, contact.Details{}, shown(rules(), &d), []byte(patch))
		var refused *contact.Refused
		if !errors.As(err, &refused) || err.Error() != want {
			t.Errorf("%.60s: %v, want %s", patch, err, want)
		}
	}
}

var long = strings.Repeat("é", protocol.MaxFieldText+1)

func TestWhatIsSentBackAsItIsShownStaysAsItIs(t *testing.T) {
	d := marina()
	w := shown(rules(), &d)
	if w.Documents[0].Value != "***" || w.Documents[1].Value != "12345678X" || w.Fields["secret"] != "***" || w.Fields["gone"] != nil {
		t.Fatalf("shown %+v", w)
	}
	if got := strings.Join(w.Masked, " "); got != "/documents/0/value /fields/secret" {
		t.Errorf("masked %s", got)
	}
	body, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	c := patched(t, d, string(body))
	if diff := cmp.Diff(marina(), c.After); diff != "" {
		t.Error("the whole contact sent back (-want +got):", diff)
	}
	c = patched(t, d, `{"documents":[{"kind":"cpf","value":"***"}],"fields":{"secret":"verde"}}`)
	if len(c.After.Documents) != 1 || c.After.Documents[0].Value != "12345678909" || c.After.Fields["secret"] != "verde" {
		t.Errorf("after %+v", c.After)
	}
	some, masked := rules().Masked(&d, []string{"/fields/secret"})
	if some.Fields["secret"] != "azul" || some.Documents[0].Value != "***" || len(masked) != 1 {
		t.Errorf("revealed %+v, masked %v", some, masked)
	}
}

func TestARequiredFieldIsMissingUntilItHasAValue(t *testing.T) {
	d := marina()
	if got := rules().Missing(&d); !slices.Equal(got, []string{"vip"}) {
		t.Errorf("missing %v", got)
	}
	c := patched(t, d, `{"fields":{"note":"x"}}`) // others may be saved without it
	if got := rules().Missing(&c.After); len(got) != 1 {
		t.Errorf("missing %v", got)
	}
	c = patched(t, d, `{"fields":{"vip":false}}`)
	if got := rules().Missing(&c.After); len(got) != 0 {
		t.Errorf("missing %v", got)
	}
}

func TestChangesConflictWhereBothTouchedTheSame(t *testing.T) {
	then := marina()
	now := patched(t, then, `{"fields":{"plan":"ouro","note":null},"documents":[]}`).After
	for _, c := range []struct {
		touched []string
		want    string
	}{
		{[]string{"/name", "/identities", "/fields/age"}, ""},
		{[]string{"/fields/plan", "/name"}, "/fields/plan"},
		{[]string{"/fields/note"}, "/fields/note"},
		{[]string{"/fields"}, "/fields"},
		{[]string{"/documents"}, "/documents"},
	} {
		got := ""
		for _, f := range contact.Changed(c.touched, &then, &now) {
			got += f.Pointer
		}
		if got != c.want {
			t.Errorf("%v: conflict in %q, want %q", c.touched, got, c.want)
		}
	}
}

// TestChangesOfDifferentFieldsDoNotLoseEachOther: in either order, both are there.
func TestChangesOfDifferentFieldsDoNotLoseEachOther(t *testing.T) {
	values := map[string][]string{
		"note": {`"a"`, `"b"`, "null"}, "age": {"1", "2.5", "null"}, "born": {`"2000-01-01"`, "null"}, "vip": {"true", "false"},
		"plan": {`"ouro"`, `"prata"`, "null"}, "secret": {`"x"`, "null", `"***"`},
	}
	rapid.Check(t, func(t *rapid.T) {
		r := rules()
		var first, second []string
		for _, key := range []string{"note", "age", "born", "vip", "plan", "secret"} {
			part := fmt.Sprintf("%q:%s", key, rapid.SampledFrom(values[key]).Draw(t, key))
			switch rapid.IntRange(0, 2).Draw(t, "who") {
			case 0:
				first = append(first, part)
			case 1:
				second = append(second, part)
			}
		}
		a, b := `{"fields":{`+strings.Join(first, ",")+`}}`, `{"fields":{`+strings.Join(second, ",")+`}}`
		apply := func(d contact.Details, patch string) contact.Details {
			c, err := r.Patch(&d, contact.Details{}, shown(r, &d), []byte(patch))
			if err != nil {
				t.Fatalf("%s: %v", patch, err)
			}
			return c.After
		}
		if diff := cmp.Diff(apply(apply(marina(), a), b), apply(apply(marina(), b), a)); diff != "" {
			t.Fatalf("%s and %s: %s", a, b, diff)
		}
	})
}

func FuzzPatch(f *testing.F) {
	for _, seed := range []string{`{"fields":{"age":1}}`, `{"documents":[{"kind":"cpf","value":"***"}]}`, `{"fields":null}`, `{"fields":{"note":{}}}`, `{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, patch []byte) {
		r, d := rules(), marina()
		c, err := r.Patch(&d, contact.Details{}, shown(r, &d), patch)
		var refused *contact.Refused
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("%q: %v", patch, err)
		}
		if err == nil && c.After.Fields["gone"] != d.Fields["gone"] {
			t.Fatalf("%q: what is not shown was changed", patch)
		}
	})
}

func TestAContactIsWrittenAsEncodingJSONReadsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "Zoë <a&b>", "\u2028 \"\\\"", "a\xffb"}))
		ids := rapid.OneOf(rapid.Just([]protocol.Identity(nil)), rapid.SliceOfN(rapid.Custom(func(t *rapid.T) protocol.Identity {
			return protocol.Identity{Kind: text.Draw(t, "kind"), Value: text.Draw(t, "value")}
		}), 0, 3))
		d := contact.Details{
			Name: text.Draw(t, "name"), Identities: ids.Draw(t, "identities"), Documents: ids.Draw(t, "documents"),
			MergedInto: text.Draw(t, "into"), By: text.Draw(t, "by"),
		}
		if rapid.Bool().Draw(t, "dated") {
			d.CreatedAt = protocol.At(time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "at")))
		}
		if rapid.Bool().Draw(t, "with fields") {
			d.Fields = map[string]any{"note": text.Draw(t, "note")}
		}
		want, err := json.Marshal(&d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.JSON()
		if err != nil || !json.Valid(got) {
			t.Fatalf("%s, %v", got, err)
		}
		var read, asked contact.Details
		if err := errors.Join(json.Unmarshal(got, &read), json.Unmarshal(want, &asked)); err != nil || cmp.Diff(asked, read) != "" {
			t.Fatalf("%s\n%s\n%v %s", got, want, err, cmp.Diff(asked, read))
		}
		if has, stored := contact.Words(&d), contact.Words(&read); !slices.Equal(has, stored) {
			t.Fatalf("words %q, of what is stored %q", has, stored)
		}
	})
}

// JSON names the fields one by one.
func TestEveryFieldOfAContactIsWritten(t *testing.T) {
	one := []protocol.Identity{{Kind: "external", Value: "1"}}
	d := contact.Details{Name: "Ana", Identities: one, Documents: one, CreatedAt: protocol.At(time.UnixMilli(1)), MergedInto: "con_1", By: "usr_1"}
	for f, v := range reflect.ValueOf(d).Fields() {
		if f.Name != "Fields" && v.IsZero() {
			t.Errorf("%s has no value here", f.Name)
		}
	}
	want, err := json.Marshal(&d)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := d.JSON(); err != nil || string(got) != string(want) {
		t.Errorf("%s, %v, not %s", got, err, want)
	}
}
