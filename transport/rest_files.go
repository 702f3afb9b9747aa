package transport

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"pronto/dispatch"
	"pronto/protocol"
)

const filePath, fileTag = "/attachments", "attachments"

// thumbnailPath is where a client finds the small picture of an attachment.
func thumbnailPath(id string) string { return apiPrefix + filePath + "/" + id + "/thumbnail" }

// AttachmentThumbnail is the address of the small picture of an attachment, from the server's root.
func AttachmentThumbnail(id dispatch.AttachmentID) string { return thumbnailPath(string(id)) }

// AttachmentLink is the path of a file for whoever has a signed link, without its query.
func AttachmentLink(id dispatch.AttachmentID) string {
	return apiPrefix + filePath + "/" + string(id) + "/signed"
}

func (s *Server) registerAttachments() {
	s.registerFileLimits()
	s.stream(route{
		method: http.MethodPost, path: filePath, tag: fileTag, action: ActUpload, status: http.StatusCreated,
		summary: "Upload a file; its type is found in its bytes, and images are drawn anew",
	}, streamed{
		parameters: []*huma.Param{idempotencyParam()},
		body:       fileBody(),
		answer:     s.jsonAnswer("Created", reflect.TypeFor[protocol.Attachment]()),
	}, s.postAttachment)
	for _, r := range []struct {
		path, summary string
		little        bool
	}{{"", "Download the file", false}, {"/thumbnail", "The small picture of an image", true}} {
		s.stream(route{
			method: http.MethodGet, path: filePath + "/{id}" + r.path, tag: fileTag, action: ActDownload, late: true, status: http.StatusOK, summary: r.summary,
		}, fileDocument(), func(w http.ResponseWriter, req *http.Request) error { return s.getFile(w, req, r.little) })
	}
	signed := fileDocument()
	signed.parameters = append(signed.parameters,
		&huma.Param{Name: "expires", In: "query", Required: true, Schema: &huma.Schema{Type: huma.TypeInteger}, Description: "Until when the link holds, in Unix seconds"},
		&huma.Param{Name: "signature", In: "query", Required: true, Schema: &huma.Schema{Type: huma.TypeString}, Description: "As the link was given"},
	)
	s.stream(route{
		method: http.MethodGet, path: filePath + "/{id}/signed", tag: fileTag, status: http.StatusOK, public: "the signature is the credential",
		summary: "Download the file by the link that came with a channel's message",
	}, signed, s.getLinkedFile)
	handle(s, route{
		method: http.MethodGet, path: filePath + "/{id}/meta", tag: fileTag, action: ActDownload, late: true, summary: "What is known about the file",
	}, s.getAttachment)
}

// registerFileLimits: one object, which has its defaults until it is written.
func (s *Server) registerFileLimits() {
	r := &resource[protocol.AttachmentLimits, *protocol.AttachmentLimits]{
		s: s, path: "/attachment-limits", kind: KindAttachmentLimits, only: KindAttachmentLimits, // the path is the section's name in an export
		absent: func(id string) *protocol.AttachmentLimits {
			v := protocol.DefaultAttachmentLimits()
			v.ID = id
			return &v
		},
		prepare: func(_ context.Context, _, v *protocol.AttachmentLimits) error {
			v.MaxFiles = protocol.MaxAttachments
			return nil
		},
	}
	s.sections = append(s.sections, r)
	const path = filePath + "/limits"
	handle(s, route{
		method: http.MethodGet, path: path, tag: fileTag, action: ActUpload, summary: "What files are taken, to be known before an upload",
	}, func(ctx context.Context, _ *struct{}) (*bodyOf[protocol.AttachmentLimits], error) {
		return r.get(ctx, &getIn{ID: KindAttachmentLimits})
	})
	handle(s, route{
		method: http.MethodPatch, path: path, tag: fileTag, action: ActWriteConfig, body: protocol.AttachmentLimits{}, patch: true,
		summary: "Change what files are taken",
	}, func(ctx context.Context, in *matchIn) (*bodyOf[protocol.AttachmentLimits], error) {
		return r.patch(ctx, &idIn{ID: KindAttachmentLimits, IfMatch: in.IfMatch})
	})
}

func fileBody() *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
		Type: huma.TypeObject, Required: []string{"file"}, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary", Description: "The file, with its name"}},
	}}}}
}

func idempotencyParam() *huma.Param {
	limit := maxIdempotencyKey
	return &huma.Param{
		Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &limit},
		Description: "The same key and body within 24 h get the first answer again; another body is refused",
	}
}

// fileDocument describes an answer of bytes.
func fileDocument() streamed {
	limit := 64
	return streamed{
		parameters: []*huma.Param{
			{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &limit}, Description: "att_…"},
			{Name: "Range", In: "header", Schema: &huma.Schema{Type: huma.TypeString}, Description: "Part of the file"},
			{Name: "If-None-Match", In: "header", Schema: &huma.Schema{Type: huma.TypeString}, Description: "The ETag of a copy that the client has: 304 when it is the file"},
		},
		answer: &huma.Response{Description: "The bytes", Content: map[string]*huma.MediaType{
			"*/*": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}},
	}
}

// readableFile finds an attachment that the principal may read.
func (s *Server) readableFile(ctx context.Context, id dispatch.AttachmentID) (protocol.Attachment, error) {
	p := callOf(ctx).principal
	v, err := s.o.Attachments.Get(ctx, p, id)
	if err != nil {
		return protocol.Attachment{}, err
	}
	return v.Attachment, s.o.Gate.Can(p, ActDownload, v.Object)
}

func (s *Server) getAttachment(ctx context.Context, in *getIn) (*bodyOf[protocol.Attachment], error) {
	a, err := s.readableFile(ctx, dispatch.AttachmentID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(a), nil
}
