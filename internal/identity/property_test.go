package identity_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"pronto/internal/identity"
)

var allKinds = []identity.Kind{
	identity.Phone, identity.WhatsApp, identity.Telegram, identity.Email, identity.Visitor,
	identity.CPF, identity.CNPJ, identity.RG, identity.External,
}

// checkAccepted states what holds for every accepted identity.
func checkAccepted(t interface{ Fatalf(string, ...any) }, kind identity.Kind, got identity.Identity, keys []identity.Key) {
	if got.Kind != kind || got.Value == "" || len(keys) == 0 || keys[0].Kind() != kind {
		t.Fatalf("kind %s gave %q and keys %q", kind, got.Value, keys)
	}
	again, keysAgain, err := identity.Normalize(kind, got.Value, "")
	if err != nil || again != got || !slices.Equal(keys, keysAgain) {
		t.Fatalf("normalising %s %q again gave %q %q %v, first %q", kind, got.Value, again.Value, keysAgain, err, keys)
	}
	if !utf8.ValidString(got.String()) || len(got.Value) >= 8 && strings.Contains(got.String(), got.Value) {
		t.Fatalf("the masked form shows the value %q", got.Value)
	}
}

func TestNormalisingTwiceChangesNothing(t *testing.T) {
	value := rapid.OneOf(
		rapid.StringMatching(`\+?[0-9 ()./-]{8,18}`),
		rapid.StringMatching(`\+55[1-9][0-9]9?[2-9][0-9]{7}`),
		rapid.StringMatching(`0{0,4}[0-9]{8,11}`),
		rapid.StringMatching(`[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,20}`),
		rapid.StringMatching(`[A-Za-zÀ-ÿ.+]{1,12}@[A-Za-zÀ-ÿ-]{1,12}\.(com|com\.br|ÇA)`),
		rapid.StringMatching(`[0-9]{9,14}[0-9Xx]?`),
		rapid.String(),
	)
	rapid.Check(t, func(t *rapid.T) {
		kind, v := rapid.SampledFrom(allKinds).Draw(t, "kind"), value.Draw(t, "value")
		got, keys, err := identity.Normalize(kind, v, "BR")
		if err != nil {
			return
		}
		checkAccepted(t, kind, got, keys)
	})
}

func TestBrazilianMobilesMatchWithAndWithoutTheNinthDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		area := rapid.StringMatching(`[1-9][1-9]`).Draw(t, "area")
		old := rapid.StringMatching(`[6-9][0-9]{7}`).Draw(t, "number")
		_, with, err := identity.Normalize(identity.Phone, "+55"+area+"9"+old, "BR")
		if err != nil {
			t.Fatal(err)
		}
		_, without, err := identity.Normalize(identity.WhatsApp, "55"+area+old, "")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(without, with[0]) {
			t.Fatalf("%q does not meet %q", without, with)
		}
	})
}

// The short cut for the common form must agree with the library's parser, which a blank inside the number forces.
func TestTheShortCutAgreesWithTheParser(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.StringMatching(`\+55[1-9][1-9]9[0-9]{8}`).Draw(t, "value")
		fast, _, err := identity.Normalize(identity.Phone, v, "")
		if err != nil {
			t.Fatal(err)
		}
		slow, _, err := identity.Normalize(identity.Phone, v[:3]+" "+v[3:], "")
		if err != nil || slow != fast {
			t.Fatalf("short cut %q, parser %q %v", fast.Value, slow.Value, err)
		}
	})
}

func FuzzNormalize(f *testing.F) {
	for i, seed := range []string{
		"+5511999990000", "BR.1502576394655843", "12345", "ana@ação.com.br", "visitor-1", "12345678909",
		"12ABC34501DE35", "12.345.678-X", "Customer 42", "\u212A@x.com", "+55 (90) 9 1234-5678", "a@b.c.", "ª@xn--a.com",
	} {
		f.Add(i, seed, "BR")
	}
	f.Fuzz(func(t *testing.T, n int, value, region string) {
		kind := allKinds[uint(n)%uint(len(allKinds))]
		got, keys, err := identity.Normalize(kind, value, region)
		if err != nil {
			return
		}
		checkAccepted(t, kind, got, keys)
	})
}

func BenchmarkNormalizePhone(b *testing.B) {
	for name, v := range map[string]string{"plain": "+5511999990000", "punctuated": "(11) 99999-0000"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _, _ = identity.Normalize(identity.Phone, v, "BR")
			}
		})
	}
}
