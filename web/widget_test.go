package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func ask(t *testing.T, h http.Handler, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func appOf(t *testing.T) string {
	t.Helper()
	name := regexp.MustCompile(`app-[\w-]+\.js`).FindString(text(t, ask(t, Loader(), "/widget.js").Body))
	if name == "" {
		t.Fatal("the loader names no app")
	}
	return "/widget/" + name
}

func TestPagesOfOtherOriginsMayLoadTheWidget(t *testing.T) {
	for path, h := range map[string]http.Handler{"/widget.js": Loader(), appOf(t): App()} {
		res := ask(t, h, path)
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/javascript") {
			t.Errorf("%s: %d %s", path, res.StatusCode, res.Header.Get("Content-Type"))
		}
		if res.Header.Get("Access-Control-Allow-Origin") != "*" || res.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
			t.Errorf("%s may not be loaded by others: %v", path, res.Header)
		}
		if res.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s takes credentials", path)
		}
	}
}

func TestTheLoaderIsAskedForAgainAndTheAppIsKeptForEver(t *testing.T) {
	first := ask(t, Loader(), "/widget.js")
	tag := first.Header.Get("ETag")
	if first.Header.Get("Cache-Control") != "no-cache" || tag == "" {
		t.Errorf("loader: %v", first.Header)
	}
	if again := ask(t, Loader(), "/widget.js", "If-None-Match", "W/"+tag); again.StatusCode != http.StatusNotModified || text(t, again.Body) != "" {
		t.Errorf("the same loader again: %d", again.StatusCode)
	}
	if changed := ask(t, Loader(), "/widget.js", "If-None-Match", `"0000"`); changed.StatusCode != http.StatusOK {
		t.Errorf("another loader: %d", changed.StatusCode)
	}
	if app := ask(t, App(), appOf(t)); !strings.Contains(app.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("app: %v", app.Header)
	}
}

func TestALoaderOfYesterdayGetsTheAppOfTodayAndDoesNotKeepIt(t *testing.T) {
	old, today := ask(t, App(), "/widget/app-yesterday.js"), ask(t, App(), appOf(t))
	if old.StatusCode != http.StatusOK || text(t, old.Body) != text(t, today.Body) {
		t.Fatalf("an old name: %d", old.StatusCode)
	}
	if old.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("kept under the old name: %s", old.Header.Get("Cache-Control"))
	}
	for _, path := range []string{"/widget/", "/widget/page.html", "/widget/widget.js", "/widget/app-.css", "/widget/../index.html"} {
		if res := ask(t, App(), path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

func TestTheDemoPageAllowsNothingInlineAndNothingFromElsewhere(t *testing.T) {
	res := ask(t, Demo(), "/demo-page/")
	csp := res.Header.Get("Content-Security-Policy")
	for _, must := range []string{"default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'self'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(csp, must) {
			t.Errorf("the policy lacks %s", must)
		}
	}
	html := text(t, res.Body)
	if regexp.MustCompile(`<script[^>]*>[^<]|<style|style=|\son\w+=|https?://`).MatchString(html) {
		t.Error("the page has something inline or from elsewhere")
	}
	for _, m := range asset.FindAllStringSubmatch(html, -1) {
		if strings.HasPrefix(m[1], DemoPage) && ask(t, Demo(), m[1]).StatusCode != http.StatusOK {
			t.Errorf("%s is missing", m[1])
		}
	}
	if ask(t, Demo(), "/demo-page/widget.js").StatusCode != http.StatusNotFound {
		t.Error("the folder is open")
	}
	if res := get(t, "/desk/widget/widget.js", ""); res.StatusCode != http.StatusNotFound {
		t.Errorf("the desk serves the widget: %d", res.StatusCode)
	}
}
