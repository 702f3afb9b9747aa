package apidoc

import "fmt"

// Files returns every generated document by its path below docs/.
func Files() (map[string][]byte, error) {
	async, err := AsyncAPI()
	if err != nil {
		return nil, fmt.Errorf("asyncapi: %w", err)
	}
	return map[string][]byte{
		"protocol.md":       Markdown(),
		"api/asyncapi.json": async,
	}, nil
}
