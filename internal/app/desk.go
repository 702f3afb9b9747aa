package app

import (
	"net/http"

	"pronto/web"
)

// registerDesk serves the web application, to which the bare address leads, and the widget of customers' pages.
func (a *App) registerDesk() {
	a.server.Handle("GET "+web.Prefix, web.Handler())
	a.server.Handle("GET /widget.js", web.Loader())
	a.server.Handle("GET /widget/", web.App())
	a.server.Handle("GET "+web.DemoPage, web.Demo())
	a.server.Handle("GET /{$}", http.RedirectHandler(web.Prefix, http.StatusFound))
}
