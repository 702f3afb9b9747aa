package transport

import (
	"context"
	"net/http"

	"pronto/protocol"
)

// The one document of the organisation's settings.
const (
	KindOrganisation = "organisation"
	OrganisationID   = "org_organisation"
)

// organisation is a resource of one object, which has its defaults until it is written.
func (s *Server) organisation() *resource[protocol.Organisation, *protocol.Organisation] {
	return &resource[protocol.Organisation, *protocol.Organisation]{
		s: s, path: "/organisation", kind: KindOrganisation, only: OrganisationID,
		absent: func(id string) *protocol.Organisation {
			v := &protocol.Organisation{}
			protocol.SetDefaults(v)
			protocol.FillLists(v)
			v.ID = id
			return v
		},
	}
}

func (s *Server) registerOrganisation() {
	r := s.organisation()
	s.sections = append(s.sections, r)
	handle(s, route{
		method: http.MethodGet, path: "/organisation", tag: "organisation", summary: "Read the settings that are the same for all",
		action: ActReadShared,
	}, func(ctx context.Context, _ *struct{}) (*bodyOf[protocol.Organisation], error) {
		return r.get(ctx, &getIn{ID: OrganisationID})
	})
	handle(s, route{
		method: http.MethodPatch, path: "/organisation", tag: "organisation", summary: "Change", action: ActWriteConfig,
		body: protocol.Organisation{}, patch: true,
	}, func(ctx context.Context, in *matchIn) (*bodyOf[protocol.Organisation], error) {
		return r.patch(ctx, &idIn{ID: OrganisationID, IfMatch: in.IfMatch})
	})
}
