package transport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

func newAPI(a huma.Adapter) huma.API {
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Pronto", Version: "1", Description: "Real-time dispatch for contact centers. Errors are application/problem+json; " +
				"lists take limit and cursor; creating POSTs honour Idempotency-Key; updates take If-Match."},
			Components: &huma.Components{Schemas: NewSchemas(), SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer": {Type: "http", Scheme: "bearer", Description: "A token of POST /login or an API token"},
				"cookie": {Type: "apiKey", In: "cookie", Name: secureCookie, Description: "Browsers, after POST /login"},
			}},
		},
		// The second name is what huma makes of application/problem+json.
		Formats:                      map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
	return huma.NewAPI(config, a)
}

var jsonFormat = huma.Format{Marshal: writeJSON, Unmarshal: json.Unmarshal}

func newHumaContext(op *huma.Operation, r *http.Request, w http.ResponseWriter) huma.Context {
	return humago.NewContext(op, r, w)
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// finishDocument gives the document its final shape once every route is registered.
func (s *Server) finishDocument() {
	OpenAnswers(s.api.OpenAPI().Components.Schemas, isInput)
}

// OpenAPI returns the OpenAPI 3.1 document of the routes, indented, the same bytes every time. It needs no ports.
func OpenAPI() ([]byte, error) {
	raw, err := json.Marshal(New(Options{}).api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("encode openapi: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", " "); err != nil {
		return nil, fmt.Errorf("indent openapi: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
