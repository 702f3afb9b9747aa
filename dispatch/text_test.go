package dispatch

import "testing"

func TestATextTakesItsValuesOnceAndLeavesNoHole(t *testing.T) {
	all := textValues{contact: "Marina {{protocol}}", protocol: "2026-000123", position: 3, waitMinutes: 12}
	for _, c := range []struct {
		template, want string
		values         textValues
	}{
		{"", "", all},
		{"plain", "plain", all},
		{"Hello {{contact.name}}!", "Hello Marina {{protocol}}!", all},
		{"{{ protocol }}: you are number {{position}}, about {{wait_minutes}} min", "2026-000123: you are number 3, about 12 min", all},
		{"Hello {{contact.name}}!", "Hello!", textValues{}},
		{"you are number {{position}}.", "you are number.", textValues{}},
		{"{{contact.name}}", "", textValues{}},
		{"{{nobody}} {{protocol", "{{nobody}} {{protocol", all},
		{"{{{{protocol}}}}", "{{2026-000123}}", all},
		{"}} {{", "}} {{", all},
	} {
		if got := renderText(c.template, c.values); got != c.want {
			t.Errorf("%q: %q, not %q", c.template, got, c.want)
		}
	}
	for _, name := range TextVariables {
		if _, known := (textValues{}).value(name); !known {
			t.Errorf("%s has no value", name)
		}
	}
}
