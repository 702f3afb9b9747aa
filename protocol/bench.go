package protocol

// BenchPermit answers GET /bench to a load generator that shows the server's bench token. It is outside /api/v1.
type BenchPermit struct {
	Version    string `json:"version" doc:"Of the server"`
	Durability string `json:"durability" doc:"What is on disk before an answer"`
}
