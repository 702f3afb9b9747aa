package media

import (
	"mime"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// HeadBytes is how much of a file's beginning Detect looks at: enough for the directory of an office document.
const HeadBytes = 64 << 10

// Unknown is the type of what nothing is known about.
const Unknown = "application/octet-stream"

func init() { mimetype.SetLimit(HeadBytes) } // process-wide, and this package is the only one that uses it

// The images that are drawn anew. Anything else is kept as it is and never shown inline.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	GIF  = "image/gif"
	WebP = "image/webp"
)

// aliases are types that are the same to users.
var aliases = map[string]string{"image/apng": PNG, "audio/x-m4a": "audio/mp4", "application/ogg": "audio/ogg", "video/x-m4v": "video/mp4"}

// Detect returns the media type of a file that begins with head, without parameters. What the sender or the name says does
// not count.
func Detect(head []byte) string {
	kind := Base(mimetype.Detect(head).String())
	if same, ok := aliases[kind]; ok {
		return same
	}
	return kind
}

// Base drops the parameters of a media type; Unknown for what is none.
func Base(kind string) string {
	base, _, err := mime.ParseMediaType(kind)
	if err != nil || !strings.Contains(base, "/") {
		return Unknown
	}
	return base
}

// IsImage reports whether files of the type are drawn anew.
func IsImage(kind string) bool {
	switch kind {
	case JPEG, PNG, GIF, WebP:
		return true
	}
	return false
}

// Allowed reports whether a list of types, such as image/png or audio/*, has the type.
func Allowed(list []string, kind string) bool {
	major, _, _ := strings.Cut(kind, "/")
	for _, entry := range list {
		if entry == kind || entry == major+"/*" {
			return true
		}
	}
	return false
}

// extensions are the endings that a name of the type may have; the first one is given to a name that has none of them.
var extensions = map[string][]string{
	JPEG: {".jpg", ".jpeg", ".jpe", ".jfif"}, PNG: {".png"}, GIF: {".gif"}, WebP: {".webp"},
	"application/pdf": {".pdf"}, "text/plain": {".txt", ".log", ".md", ".csv", ".text"}, "text/csv": {".csv", ".txt"},
	"text/tab-separated-values": {".tsv", ".txt"}, "text/vcard": {".vcf"}, "text/calendar": {".ics"}, "text/xml": {".xml"},
	"application/json": {".json"}, "text/rtf": {".rtf"}, "application/zip": {".zip"},
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   {".docx"},
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         {".xlsx"},
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": {".pptx"},
	"application/msword": {".doc"}, "application/vnd.ms-excel": {".xls"}, "application/vnd.ms-powerpoint": {".ppt"},
	"application/vnd.oasis.opendocument.text": {".odt"}, "application/vnd.oasis.opendocument.spreadsheet": {".ods"},
	"application/vnd.oasis.opendocument.presentation": {".odp"},
	"audio/ogg": {".ogg", ".oga", ".opus"}, "audio/mpeg": {".mp3"}, "audio/mp4": {".m4a", ".mp4"}, "audio/aac": {".aac"},
	"audio/amr": {".amr"}, "audio/wav": {".wav"}, "audio/flac": {".flac"},
	"video/mp4": {".mp4", ".m4v"}, "video/3gpp": {".3gp"}, "video/webm": {".webm"}, "video/quicktime": {".mov"}, "video/ogg": {".ogv"},
}

// extensionOf is the ending for a type; ".bin" where nothing better is known.
func extensionOf(kind string) string {
	if known := extensions[kind]; len(known) > 0 {
		return known[0]
	}
	if m := mimetype.Lookup(kind); m != nil && m.Extension() != "" {
		return m.Extension()
	}
	return ".bin"
}
