package apidoc

import (
	"fmt"

	"pronto/transport"
)

// Files returns every generated document by its path below docs/.
func Files() (map[string][]byte, error) {
	async, err := AsyncAPI()
	if err != nil {
		return nil, fmt.Errorf("asyncapi: %w", err)
	}
	open, err := transport.OpenAPI()
	if err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	html, err := Page(open)
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	return map[string][]byte{
		"protocol.md":       Markdown(),
		"api/asyncapi.json": async,
		"api/openapi.json":  open,
		"api/index.html":    html,
		"api/style.css":     []byte(Style),

		"../web/src/wire/protocol.ts": TypeScript(),
	}, nil
}
