package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, path, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var asset = regexp.MustCompile(`(?:src|href)="([^"]+)"`)

func TestEveryFileThatThePageNamesIsServedAndHashedOnesForEver(t *testing.T) {
	page := get(t, "/desk/", "")
	if page.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("the page is cached: %s", page.Header.Get("Cache-Control"))
	}
	html := text(t, page.Body)
	hashed := 0
	for _, m := range asset.FindAllStringSubmatch(html, -1) {
		if !strings.HasPrefix(m[1], Prefix) {
			t.Fatalf("the page loads %s from elsewhere", m[1])
		}
		res := get(t, m[1], "")
		if res.StatusCode != http.StatusOK || strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %s", m[1], res.StatusCode, res.Header.Get("Content-Type"))
		}
		if strings.HasPrefix(m[1], Prefix+"assets/") {
			hashed++
			if !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s is not immutable", m[1])
			}
		}
	}
	if hashed < 2 {
		t.Fatalf("the page names %d hashed files", hashed)
	}
}

func TestThePolicyAllowsNothingInlineAndNothingFromElsewhere(t *testing.T) {
	res := get(t, "/desk/", "")
	csp := res.Header.Get("Content-Security-Policy")
	for _, must := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(csp, must) {
			t.Errorf("the policy lacks %s", must)
		}
	}
	for _, bad := range []string{"unsafe", "http:", "https:", "data:", "*"} {
		if strings.Contains(csp, bad) {
			t.Errorf("the policy has %s", bad)
		}
	}
	html := text(t, res.Body)
	if regexp.MustCompile(`<script[^>]*>[^<]|<style|style=|\son\w+=`).MatchString(html) {
		t.Error("the page has inline script or style")
	}
}

func TestAnAddressWithoutAFileIsThePageAndAMissingAssetIsNot(t *testing.T) {
	if res := get(t, "/desk/conversas/x", ""); res.StatusCode != http.StatusOK || !strings.Contains(text(t, res.Body), `id="root"`) {
		t.Errorf("a page of the desk: %d", res.StatusCode)
	}
	for _, path := range []string{"/desk/assets/gone-1234.js", "/desk/../embed.go", "/desk/favicon.ico"} {
		if res := get(t, path, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

func TestScriptsTravelCompressedToWhoeverCanReadIt(t *testing.T) {
	html := text(t, get(t, "/desk/", "").Body)
	js := regexp.MustCompile(`src="([^"]+\.js)"`).FindStringSubmatch(html)
	if js == nil {
		t.Fatal("no script")
	}
	plain, packed := get(t, js[1], ""), get(t, js[1], "gzip, br")
	if plain.Header.Get("Content-Encoding") != "" || packed.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("encodings %q and %q", plain.Header.Get("Content-Encoding"), packed.Header.Get("Content-Encoding"))
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if text(t, z) != text(t, plain.Body) {
		t.Error("the two differ")
	}
}
