package app

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"pronto/protocol"
)

// minBenchToken is too long to be guessed or to be left over from a test.
const minBenchToken = 16

func (c *Config) checkBenchToken() error {
	if n := len(c.BenchToken); n > 0 && n < minBenchToken {
		return fmt.Errorf("bench-token: %d characters, at least %d are needed", n, minBenchToken)
	}
	return nil
}

// permitBench lets load generators ask at GET /bench whether they may load this server: only one that was started with a
// bench token says so, and only to who shows it. Others do not have the address.
func (a *App) permitBench() {
	want := []byte(a.cfg.BenchToken.Reveal())
	if len(want) == 0 {
		return
	}
	a.server.Handle("GET /bench", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !bearer || subtle.ConstantTimeCompare([]byte(token), want) != 1 {
			http.Error(w, "not the bench token of this server", http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(protocol.BenchPermit{Version: a.cfg.Version, Durability: "fsync before every answer"}) // the asker is gone
	}))
}
