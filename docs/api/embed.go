package api

import "embed"

// Files holds openapi.json, asyncapi.json, index.html and style.css.
//
//go:embed *.json *.html *.css
var Files embed.FS
