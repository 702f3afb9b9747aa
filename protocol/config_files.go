package protocol

import (
	"strconv"
	"strings"
)

// MaxAttachments is how many files one message may have.
const MaxAttachments = 10

// MaxFileBytes is the largest limit that an organisation can set.
const MaxFileBytes = 100 << 20

// AttachmentLimits says which files the organisation takes. Clients read it before they upload; administrators change it.
type AttachmentLimits struct {
	ID         string   `json:"id" readOnly:"true" doc:"Always attachment_limits"`
	Version    int64    `json:"version" readOnly:"true" doc:"+1 with every change; for If-Match; 0 while nothing was changed"`
	MaxBytes   int64    `json:"max_bytes" minimum:"1024" maximum:"104857600" default:"20971520" doc:"Bytes of one file"`
	MaxPixels  int64    `json:"max_pixels" minimum:"10000" maximum:"100000000" default:"40000000" doc:"Pixels of one image, all pictures of an animation together"`
	QuotaBytes int64    `json:"quota_bytes" minimum:"0" maximum:"1125899906842624" default:"0" doc:"Bytes of all files together; 0 = no limit but the disk"`
	Types      []string `json:"types" maxItems:"100" maxLength:"127" doc:"Media types that are taken, as found in the bytes: image/png, or audio/* for a whole family"`
	MaxFiles   int      `json:"max_files" readOnly:"true" doc:"Files of one message"`
}

// DefaultTypes are what customers and agents send to each other: pictures, sound, film, documents. What a browser or a
// system could run is not among them.
var DefaultTypes = []string{
	"image/jpeg", "image/png", "image/gif", "image/webp", "audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr", "audio/wav",
	"video/mp4", "video/3gpp", "video/webm", "video/quicktime", "application/pdf", "text/plain", "text/csv", "text/vcard", "text/calendar",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation",
	"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
	"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.presentation",
}

// DefaultAttachmentLimits are those of an organisation that has changed nothing.
func DefaultAttachmentLimits() AttachmentLimits {
	l := AttachmentLimits{Types: DefaultTypes, MaxFiles: MaxAttachments}
	SetDefaults(&l)
	return l
}

func (l AttachmentLimits) check() []FieldError {
	out := duplicates("/types", l.Types)
	for i, kind := range l.Types {
		if !mediaType(kind) {
			out = append(out, FieldError{Pointer: "/types/" + strconv.Itoa(i), Code: FieldInvalid})
		}
	}
	return out
}

// mediaType accepts type/subtype in lower case, and type/*.
func mediaType(text string) bool {
	major, minor, ok := strings.Cut(text, "/")
	return ok && restricted(major) && (minor == "*" || restricted(minor))
}

// restricted reports whether s is a name of RFC 6838.
func restricted(s string) bool {
	if s == "" || strings.IndexByte("!#$&-^_.+", s[0]) >= 0 {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("!#$&-^_.+", r)
	})
}
