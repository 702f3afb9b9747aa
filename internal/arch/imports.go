package arch

import (
	"slices"
	"strconv"
	"strings"
)

// Layer is what the packages at and below one folder may import besides the standard library and each other.
type Layer struct {
	Folder string
	// Module are folders of this module; "*" is all of it.
	Module []string
	// Third are other modules.
	Third []string
}

const (
	cbor       = "github.com/fxamacker/cbor/v2"
	hdr        = "github.com/HdrHistogram/hdrhistogram-go"
	hollywood  = "github.com/anthdm/hollywood"
	huma       = "github.com/danielgtaylor/huma/v2"
	kong       = "github.com/alecthomas/kong"
	minio      = "github.com/minio/minio-go/v7"
	pebble     = "github.com/cockroachdb/pebble/v2"
	porcupine  = "github.com/anishathalye/porcupine"
	phones     = "github.com/nyaruka/phonenumbers"
	prometheus = "github.com/prometheus/client_golang"
	uuid       = "github.com/google/uuid"
	websocket  = "github.com/coder/websocket"
	yaml       = "github.com/goccy/go-yaml"
	zerolog    = "github.com/rs/zerolog"
)

// Layers is the table of import directions; the longest folder that fits decides. A package that fits none is a
// violation, so that a new one gets its line here on purpose.
var Layers = []Layer{
	{Folder: "dispatch"},
	{Folder: "protocol"},
	// Rows by which messages are found follow from their words. The engine counts its syncs in a metric of Prometheus.
	{Folder: "storage", Module: []string{"dispatch", "internal/words", "internal/failpoint", "internal/cputime"}, Third: []string{pebble, cbor, "github.com/prometheus/client_model/go"}},
	{Folder: "actors", Module: []string{"dispatch", "internal/act", "internal/cputime"}, Third: []string{zerolog, "golang.org/x/time/rate"}},
	{Folder: "transport", Module: []string{"dispatch", "protocol", "internal/failpoint", "internal/plainyaml", "internal/shed"}, Third: []string{websocket, huma, zerolog, "golang.org/x/time/rate"}},
	{Folder: "web"},
	{Folder: "docs"}, // embedded documents
	{Folder: "client", Module: []string{"protocol"}, Third: []string{websocket}},
	{Folder: "bench", Module: []string{"client", "protocol", "internal/cputime"}, Third: []string{hdr, yaml}},
	// What the machine does without us is measured with the engine and the websockets themselves.
	{Folder: "bench/raw", Module: []string{"internal/cputime"}, Third: []string{pebble, websocket}},
	// A module of its own (bench/peers/go.mod): what others would build a dispatch server from.
	{Folder: "bench/peers", Module: []string{"bench", "client", "protocol"}, Third: []string{
		"github.com/jackc/pgx/v5", "github.com/redis/go-redis/v9", "github.com/centrifugal/centrifuge", "github.com/nats-io/nats-server/v2", "github.com/nats-io/nats.go", websocket,
	}},
	{Folder: "cmd", Module: []string{"*"}, Third: []string{kong, yaml, zerolog}},
	{Folder: "internal/act", Module: []string{"internal/failpoint"}, Third: []string{hollywood, zerolog}},
	{Folder: "internal/apart"}, // namespaces for tests
	{Folder: "internal/arch"},
	{Folder: "internal/access", Module: []string{"dispatch", "internal/cputime"}, Third: []string{"golang.org/x/crypto"}},
	// The life of a file joins its record and its bytes.
	{Folder: "internal/attach", Module: []string{"dispatch", "storage", "internal/blob", "internal/media", "internal/scan"}, Third: []string{zerolog}},
	{Folder: "internal/cputime"},                                      // what this process has of the processor, and used
	{Folder: "internal/failpoint"},                                    // places at which tests end the process or hold it up
	{Folder: "internal/blob", Module: []string{"internal/failpoint"}}, // the disk's driver; a bucket's is below
	{Folder: "internal/blob/s3", Module: []string{"internal/blob"}, Third: []string{minio}},
	{Folder: "internal/scan"},
	{Folder: "internal/media", Third: []string{"github.com/gabriel-vasile/mimetype", "golang.org/x/image"}},
	{Folder: "internal/hours", Third: []string{"github.com/rickar/cal/v2"}}, // holidays of countries
	{Folder: "internal/identity", Third: []string{phones, "golang.org/x/net/idna", "golang.org/x/text"}},
	{Folder: "internal/plainyaml", Third: []string{yaml}},
	{Folder: "internal/backup"},
	{Folder: "internal/shed", Module: []string{"internal/cputime"}}, // what waits and what is refused under load
	// Judges histories that clients recorded; only tests use it.
	{Folder: "internal/proof", Third: []string{porcupine}},
	// The writer of PDF files composes marks with letters.
	{Folder: "internal/pdf", Third: []string{"golang.org/x/text"}},
	{Folder: "internal/transcript", Module: []string{"dispatch", "internal/pdf"}},
	{Folder: "internal/contact", Module: []string{"protocol", "internal/identity", "internal/words"}},
	{Folder: "internal/words", Third: []string{"golang.org/x/text/unicode/norm"}}, // which letters are others with accents
	// The generic channel's driver answers in the terms of delivery, like those below transport.
	{Folder: "internal/outbound", Module: []string{"dispatch", "transport/delivery"}},
	// Webhooks out follow the journal and post with the guarded client.
	{Folder: "internal/hooks", Module: []string{"dispatch", "storage", "internal/outbound", "transport/delivery"}, Third: []string{zerolog}},
	{Folder: "internal/app", Module: []string{"*"}, Third: []string{kong, yaml, zerolog, prometheus, uuid, "golang.org/x/crypto", "golang.org/x/text"}},
	// The demo is an integrator like any other, on a server that it starts; the provider's fake comes with it.
	{Folder: "internal/demo", Module: []string{"client", "protocol", "internal/app", "transport/whatsapp/fake"}, Third: []string{zerolog}},
	// The simulator runs the real storage on the engine's crashable file system, and compares.
	{Folder: "internal/sim", Module: []string{"*"}, Third: []string{pebble + "/vfs", "github.com/google/go-cmp", zerolog}},
}

// testModules may be used by any test.
var testModules = []string{
	"github.com/cockroachdb/datadriven", "github.com/google/go-cmp", "github.com/rogpeppe/go-internal",
	"go.uber.org/goleak", "pgregory.net/rapid", hdr,
	websocket, // tests from outside speak the wire by themselves, not through our own client
}

// onlyImporters are folders that may only be imported from the given ones, whatever Layers allows.
var onlyImporters = map[string][]string{
	"internal/app": {"cmd", "internal/demo", "internal/sim", "internal/app"},
}

// within says whether name is folder or below it.
func within(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, folder+"/")
}

func withinAny(name string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return f == "*" || within(name, f) })
}

func layerOf(dir string) (Layer, bool) {
	var best Layer
	for _, l := range Layers {
		if within(dir, l.Folder) && len(l.Folder) > len(best.Folder) {
			best = l
		}
	}
	return best, best.Folder != ""
}

// standard says whether an import path is of the standard library: its first part has no dot and is not ours.
func standard(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return first != module && !strings.Contains(first, ".")
}

// Imports checks the directions of a file's imports.
func Imports(f *File) []Violation {
	layer, ok := layerOf(f.Dir())
	if !ok {
		return []Violation{f.violation(f.AST.Package, "package %s has no line in the table of import directions (internal/arch/imports.go)", f.Dir())}
	}
	var out []Violation
	for _, spec := range f.AST.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil || standard(name) {
			continue
		}
		if rule := refused(f, layer, name); rule != "" {
			out = append(out, f.violation(spec.Pos(), "%s", rule))
		}
	}
	return out
}

// refused returns the rule that forbids the import, or "".
func refused(f *File, layer Layer, name string) string {
	ours, inModule := strings.CutPrefix(name, module+"/")
	if !inModule {
		if withinAny(name, layer.Third) || f.Test() && withinAny(name, testModules) {
			return ""
		}
		return layer.Folder + " must not import " + name + "; it may use " + strings.Join(orNone(layer.Third), ", ")
	}
	for folder, from := range onlyImporters {
		if within(ours, folder) && !withinAny(f.Dir(), from) {
			return "only " + strings.Join(from, ", ") + " may import " + folder
		}
	}
	if within(ours, layer.Folder) || withinAny(ours, layer.Module) {
		return ""
	}
	return layer.Folder + " must not import " + name + "; of this module it may use " + strings.Join(orNone(layer.Module), ", ")
}

func orNone(s []string) []string {
	if len(s) == 0 {
		return []string{"nothing"}
	}
	return s
}
