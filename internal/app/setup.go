package app

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
	"pronto/transport"
	"pronto/web"
)

//go:embed setup.html
var setupPage []byte

func agentID(a protocol.Agent) dispatch.AgentID { return dispatch.AgentID(a.ID) }

// plainLogin is the spelling in which logins are compared.
func plainLogin(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// SetupLink makes the one-time link with which the first administrator is made, and says until when it works.
func (a *App) SetupLink(base string) (link string, until time.Time, err error) {
	secret, until, err := a.accounts.IssueSetup("")
	if err != nil {
		return "", until, fmt.Errorf("make set-up link: %w", err)
	}
	return base + "/setup/" + secret.Reveal(), until, nil
}

// registerSetup serves the set-up link: the desk's page, which asks for the first administrator and goes on from there.
// Any other secret, one that was used and one that is too old get the same page that says so.
func (a *App) registerSetup() {
	desk := web.Page()
	a.server.Handle("GET /setup/{secret}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !a.setupOpen(r) {
			a.noSetup(w)
			return
		}
		desk.ServeHTTP(w, r)
	}))
	a.server.Handle("POST /setup/{secret}", http.HandlerFunc(a.finishSetup))
}

func (a *App) setupOpen(r *http.Request) bool {
	_, err := a.accounts.CheckSetup(r.PathValue("secret"))
	return err == nil && !a.HasAdministrator()
}

func (a *App) noSetup(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; img-src 'self'; form-action 'none'; frame-ancestors 'none'")
	w.WriteHeader(http.StatusNotFound)
	if _, err := w.Write(setupPage); err != nil {
		a.log.Debug().Err(err).Msg("set-up page not sent")
	}
}

// finishSetup makes the first administrator from a form's fields: name, login, password. It answers 204, or a problem
// document whose pointers name the fields.
func (a *App) finishSetup(w http.ResponseWriter, r *http.Request) {
	a.settingUp.Lock() // two at once would both find the link unused
	defer a.settingUp.Unlock()
	if !a.setupOpen(r) {
		a.setupProblem(w, &transport.Refusal{Code: protocol.CodeNotFound})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	err := a.CreateAdministrator(r.Context(), r.PostFormValue("name"), r.PostFormValue("login"), r.PostFormValue("password"))
	var refused *transport.Refusal
	switch {
	case errors.As(err, &refused):
		a.setupProblem(w, refused)
		return
	case err != nil:
		a.log.Error().Err(err).Msg("set-up")
		a.setupProblem(w, &transport.Refusal{Code: protocol.CodeInternal})
		return
	}
	if _, err := a.accounts.RedeemSetup(r.PathValue("secret")); err != nil {
		a.log.Warn().Err(err).Msg("set-up link was used twice")
	}
	w.WriteHeader(http.StatusNoContent)
}

func (a *App) setupProblem(w http.ResponseWriter, refused *transport.Refusal) {
	info := refused.Code.Info()
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(info.Status)
	p := protocol.Problem{Type: "about:blank", Title: info.Text, Status: info.Status, Code: refused.Code, Errors: refused.Fields}
	if err := json.NewEncoder(w).Encode(p); err != nil {
		a.log.Debug().Err(err).Msg("set-up answer not sent")
	}
}
