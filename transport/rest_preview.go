package transport

import (
	"context"
	"net/http"
	"strconv"

	"pronto/dispatch"
	"pronto/protocol"
)

func (s *Server) registerPreview() {
	handle(s, route{
		method: http.MethodPost, path: "/queues/{id}/preview", tag: "queues", summary: "Who would get a conversation now, and why; nothing comes of it",
		action: ActReadQueue, late: true, body: protocol.PreviewBody{}, status: http.StatusOK,
	}, s.preview)
}

func skillReferences(needs []protocol.SkillNeed) (refs []reference) {
	for i := range needs {
		refs = append(refs, reference{"/skills/" + strconv.Itoa(i) + "/id", KindSkill, needs[i].ID})
	}
	return refs
}

func (s *Server) preview(ctx context.Context, in *queueIn) (*bodyOf[protocol.RoutingPreview], error) {
	id := dispatch.QueueID(in.ID)
	if err := s.o.Gate.Can(callOf(ctx).principal, ActReadQueue, Object{Queues: []dispatch.QueueID{id}}); err != nil {
		return nil, err
	}
	var body protocol.PreviewBody
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	refs := append(someReference("/channel_id", KindChannel, body.ChannelID), someReference("/preferred_agent", KindAgent, body.PreferredAgent)...)
	if err := s.mustExist(ctx, append(refs, skillReferences(body.Skills)...)); err != nil {
		return nil, err
	}
	p, err := s.o.Live.Preview(ctx, id, body)
	if err != nil {
		return nil, err
	}
	out := protocol.RoutingPreview{
		Decision: wire{s.o.Catalog}.decision(&p.Decision, id), Weight: p.Weight, Position: p.Place.Position, WaitEstimateMS: p.Place.Wait.Milliseconds(),
	}
	out.Decision.At = protocol.At(p.At)
	return answer(out), nil
}
