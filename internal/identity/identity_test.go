package identity_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pronto/internal/identity"
)

func TestNormalizeGivesOneSpellingAndItsKeys(t *testing.T) {
	for _, c := range []struct {
		kind        identity.Kind
		value, want string
		keys        []identity.Key
	}{
		{identity.Phone, "+5511999990000", "+5511999990000", []identity.Key{"phone:+5511999990000"}},
		{identity.Phone, "(11) 99999-0000", "+5511999990000", []identity.Key{"phone:+5511999990000"}},
		{identity.Phone, "011 99999 0000", "+5511999990000", []identity.Key{"phone:+5511999990000"}},
		{identity.Phone, "0 15 11 99999-0000", "+5511999990000", []identity.Key{"phone:+5511999990000"}},
		{identity.Phone, "5511999990000", "+5511999990000", []identity.Key{"phone:+5511999990000"}},
		{identity.Phone, "+55 31 8888-7777", "+5531988887777", []identity.Key{"phone:+5531988887777"}},
		{identity.Phone, "31 8888 7777", "+5531988887777", []identity.Key{"phone:+5531988887777"}},
		{identity.Phone, "+55 11 3003-0001", "+551130030001", []identity.Key{"phone:+551130030001"}},
		{identity.Phone, "+55 11 94003-0001", "+5511940030001", []identity.Key{"phone:+5511940030001"}},
		{identity.Phone, "+351 912 345 678", "+351912345678", []identity.Key{"phone:+351912345678"}},
		{identity.Phone, "+1 650 253 0000", "+16502530000", []identity.Key{"phone:+16502530000"}},
		{identity.WhatsApp, "553188887777", "553188887777", []identity.Key{"whatsapp:5531988887777", "phone:+5531988887777"}},
		{identity.WhatsApp, "+5531988887777", "5531988887777", []identity.Key{"whatsapp:5531988887777", "phone:+5531988887777"}},
		{identity.WhatsApp, "BR.1502576394655843", "BR.1502576394655843", []identity.Key{"whatsapp:BR.1502576394655843"}},
		{identity.WhatsApp, "US.ENT.118157992", "US.ENT.118157992", []identity.Key{"whatsapp:US.ENT.118157992"}},
		{identity.WhatsApp, "00000000000000000001", "00000000000000000001", []identity.Key{"whatsapp:00000000000000000001"}},
		{identity.Telegram, "0012345", "12345", []identity.Key{"telegram:12345"}},
		{identity.Email, "  Marina.Souza+boleto@EXAMPLE.com ", "marina.souza+boleto@example.com", []identity.Key{"email:marina.souza+boleto@example.com"}},
		{identity.Email, "joão@Ação.com.br", "joão@xn--ao-siap.com.br", []identity.Key{"email:joão@xn--ao-siap.com.br"}},
		{identity.Email, "a@XN--AO-SIAP.com.br", "a@xn--ao-siap.com.br", []identity.Key{"email:a@xn--ao-siap.com.br"}},
		{identity.Visitor, "v-7Hn2_k3Qp", "v-7Hn2_k3Qp", []identity.Key{"visitor:v-7Hn2_k3Qp"}},
		{identity.CPF, "123.456.789-09", "12345678909", []identity.Key{"cpf:12345678909"}},
		{identity.CNPJ, "11.222.333/0001-81", "11222333000181", []identity.Key{"cnpj:11222333000181"}},
		{identity.CNPJ, "12.abc.345/01de-35", "12ABC34501DE35", []identity.Key{"cnpj:12ABC34501DE35"}},
		{identity.RG, "12.345.678-x", "12345678X", []identity.Key{"rg:12345678X"}},
		{identity.External, " Customer 42 ", "Customer 42", []identity.Key{"external:Customer 42"}},
	} {
		t.Run(fmt.Sprint(c.kind, " ", c.value), func(t *testing.T) {
			got, keys, err := identity.Normalize(c.kind, c.value, "BR")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(identity.Identity{Kind: c.kind, Value: c.want}, got); diff != "" {
				t.Error("identity (-want +got):", diff, got.Value)
			}
			if !slices.Equal(keys, c.keys) {
				t.Errorf("keys %q, want %q", keys, c.keys)
			}
		})
	}
}

func TestNormalizeRefusesAndDoesNotRepeatTheValue(t *testing.T) {
	for _, c := range []struct {
		kind          identity.Kind
		value, region string
	}{
		{"fax", "12345678", "BR"},
		{identity.Phone, "", "BR"},
		{identity.Phone, "  ", "BR"},
		{identity.Phone, "99999-0000", "BR"},         // no area code: would match every city
		{identity.Phone, "11 99999-0000", ""},        // no country
		{identity.Phone, "+55 11 99999", "BR"},       // too short
		{identity.Phone, "+55119999900001234", "BR"}, // too long
		{identity.Phone, "0800-FLOWERS", "BR"},
		{identity.Phone, "+5511999990000;ext=12", "BR"},
		{identity.Phone, strings.Repeat("9", 300), "BR"},
		{identity.Phone, strings.Repeat("9", 5000), "BR"},
		{identity.WhatsApp, "marina", "BR"},
		{identity.WhatsApp, "12345", "BR"},
		{identity.WhatsApp, "br.1502576394655843", "BR"},
		{identity.WhatsApp, "BR.", "BR"},
		{identity.WhatsApp, "BR.ENT.", "BR"},
		{identity.WhatsApp, "BR." + strings.Repeat("1", 129), "BR"},
		{identity.Telegram, "@marina", "BR"},
		{identity.Telegram, "-100123", "BR"},
		{identity.Telegram, "9223372036854775808", "BR"},
		{identity.Email, "marina", "BR"},
		{identity.Email, "@example.com", "BR"},
		{identity.Email, "marina@", "BR"},
		{identity.Email, "marina@localhost", "BR"},
		{identity.Email, "marina@exa mple.com", "BR"},
		{identity.Email, "ma rina@example.com", "BR"},
		{identity.Email, "a@b@example.com", "BR"},
		{identity.Email, "a..b@example.com", "BR"},
		{identity.Email, ".a@example.com", "BR"},
		{identity.Email, "\u212Aarl@example.com", "BR"}, // the Kelvin sign folds into k
		{identity.Email, "a@example.com\x00", "BR"},
		{identity.Email, strings.Repeat("a", 65) + "@example.com", "BR"},
		{identity.Email, "a\xff@example.com", "BR"},
		{identity.Visitor, "v-1", "BR"},
		{identity.Visitor, "has space in it", "BR"},
		{identity.CPF, "123.456.789-08", "BR"},
		{identity.CPF, "111.111.111-11", "BR"},
		{identity.CPF, "1234567890", "BR"},
		{identity.CPF, "1234567890a", "BR"},
		{identity.CNPJ, "11.222.333/0001-80", "BR"},
		{identity.CNPJ, "12ABC34501DE36", "BR"},
		{identity.CNPJ, "12ABC34501DEAB", "BR"},
		{identity.CNPJ, "00000000000000", "BR"},
		{identity.RG, "abc", "BR"},
		{identity.RG, "abcdefgh", "BR"},
		{identity.RG, "1234567é", "BR"},
		{identity.External, "a\nb", "BR"},
		{identity.External, strings.Repeat("x", 201), "BR"},
	} {
		t.Run(fmt.Sprintf("%s %.20q", c.kind, c.value), func(t *testing.T) {
			got, keys, err := identity.Normalize(c.kind, c.value, c.region)
			var refused *identity.Error
			if !errors.As(err, &refused) {
				t.Fatalf("got %#v %v %v, want *identity.Error", got, keys, err)
			}
			if got != (identity.Identity{}) || keys != nil {
				t.Error("a refused identity came back with a value or keys")
			}
			if v := strings.TrimSpace(c.value); v != "" && strings.Contains(err.Error(), v) {
				t.Error("the error repeats the value")
			}
			if c.kind == "fax" && strings.Contains(err.Error(), "fax") {
				t.Error("the error repeats the unknown kind")
			}
		})
	}
}

func TestPhoneAndWhatsAppOfOneBrazilianMeet(t *testing.T) {
	forms := []struct {
		kind  identity.Kind
		value string
	}{
		{identity.Phone, "+5531988887777"},
		{identity.Phone, "+553188887777"},
		{identity.Phone, "(31) 98888-7777"},
		{identity.Phone, "(31) 8888-7777"},
		{identity.WhatsApp, "553188887777"},
		{identity.WhatsApp, "5531988887777"},
	}
	for _, f := range forms {
		_, keys, err := identity.Normalize(f.kind, f.value, "BR")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(keys, "phone:+5531988887777") {
			t.Errorf("%s %q does not meet the others: %q", f.kind, f.value, keys)
		}
	}
}

func TestAFixedLineNeverMeetsAMobile(t *testing.T) {
	fixed, _, err := identity.Normalize(identity.Phone, "+551140030001", "BR")
	if err != nil {
		t.Fatal(err)
	}
	mobile, _, err := identity.Normalize(identity.Phone, "+5511940030001", "BR")
	if err != nil {
		t.Fatal(err)
	}
	if fixed.Value == mobile.Value {
		t.Errorf("both became %q", fixed.Value)
	}
}

func TestOnlyChannelGivenIdentitiesJoinContacts(t *testing.T) {
	for key, want := range map[identity.Key][2]bool{ // unverified, verified
		"phone:+5511999990000": {true, true},
		"whatsapp:BR.1":        {true, true},
		"telegram:1":           {true, true},
		"visitor:abcdefgh":     {true, true},
		"external:42":          {true, true},
		"email:a@example.com":  {false, true},
		"cpf:12345678909":      {false, false},
		"cnpj:11222333000181":  {false, false},
		"rg:12345678X":         {false, false},
		"fax:1":                {false, false},
	} {
		if got := [2]bool{key.Joins(false), key.Joins(true)}; got != want {
			t.Errorf("%s joins %v, want %v", key.Kind(), got, want)
		}
	}
}

func TestPrintingMasks(t *testing.T) {
	for _, c := range []struct {
		kind        identity.Kind
		value, want string
	}{
		{identity.Phone, "+5511999990000", "phone:***0000"},
		{identity.Phone, "1234", "phone:***"},
		{identity.WhatsApp, "BR.1502576394655843", "whatsapp:***5843"},
		{identity.Email, "marina@example.com", "email:m***@example.com"},
		{identity.Email, "@", "email:***"},
		{identity.Email, "émile@example.com", "email:é***@example.com"},
		{identity.CPF, "12345678909", "cpf:***"},
		{identity.External, "ação-çã→oo", "external:***"}, // the cut would fall inside a character
		{"fax", "1234567890", "fax:***"},
	} {
		id := identity.Identity{Kind: c.kind, Value: c.value}
		key := identity.Key(string(c.kind) + ":" + c.value)
		for _, got := range []string{id.String(), fmt.Sprintf("%v", id), fmt.Sprintf("%#v", id), fmt.Sprint(key), fmt.Sprintf("%#v", key)} {
			if got != c.want {
				t.Errorf("printed %q, want %q", got, c.want)
			}
		}
	}
}

func TestScopedUserIDsAreTold(t *testing.T) {
	if !(identity.Identity{Kind: identity.WhatsApp, Value: "BR.15"}).IsScopedUserID() {
		t.Error("BR.15 is a business-scoped user id")
	}
	for _, id := range []identity.Identity{{Kind: identity.WhatsApp, Value: "5511999990000"}, {Kind: identity.External, Value: "BR.15"}} {
		if id.IsScopedUserID() {
			t.Errorf("%v is not a business-scoped user id", id)
		}
	}
}
