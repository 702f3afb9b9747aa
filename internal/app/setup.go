package app

import (
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
	"pronto/transport"
)

//go:embed setup.html
var setupPage string

var setupTemplate = template.Must(template.New("setup").Parse(setupPage))

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

// registerSetup serves the page of the set-up link. Without the secret it answers like an address that does not exist.
func (a *App) registerSetup() {
	a.server.Handle("GET /setup/{secret}", http.HandlerFunc(a.showSetup))
	a.server.Handle("POST /setup/{secret}", http.HandlerFunc(a.finishSetup))
}

type setupView struct {
	Problem string
	Done    bool
}

func (a *App) showSetup(w http.ResponseWriter, r *http.Request) {
	if _, err := a.accounts.CheckSetup(r.PathValue("secret")); err != nil || a.HasAdministrator() {
		http.NotFound(w, r)
		return
	}
	a.page(w, http.StatusOK, setupView{})
}

func (a *App) page(w http.ResponseWriter, status int, v setupView) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'")
	w.WriteHeader(status)
	if err := setupTemplate.Execute(w, v); err != nil {
		a.log.Debug().Err(err).Msg("set-up page not sent")
	}
}

func (a *App) finishSetup(w http.ResponseWriter, r *http.Request) {
	secret := r.PathValue("secret")
	if _, err := a.accounts.CheckSetup(secret); err != nil || a.HasAdministrator() {
		http.NotFound(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	err := a.CreateAdministrator(r.Context(), r.PostFormValue("name"), r.PostFormValue("login"), r.PostFormValue("password"))
	var refused *transport.Refusal
	switch {
	case errors.As(err, &refused):
		a.page(w, http.StatusBadRequest, setupView{Problem: problemOf(refused)})
	case err != nil:
		a.log.Error().Err(err).Msg("set-up")
		a.page(w, http.StatusInternalServerError, setupView{Problem: "Erro interno. Veja o registro do servidor. / Internal error, see the server's log."})
	default:
		if _, err := a.accounts.RedeemSetup(secret); err != nil {
			a.log.Warn().Err(err).Msg("set-up link was used twice")
		}
		a.page(w, http.StatusOK, setupView{Done: true})
	}
}

func problemOf(r *transport.Refusal) string {
	for _, f := range r.Fields {
		return fmt.Sprintf("%s: %s", strings.TrimPrefix(f.Pointer, "/"), f.Code)
	}
	return string(r.Code)
}
