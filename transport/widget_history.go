package transport

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"pronto/protocol"
)

const (
	widgetMessages            = "/widget/conversations/{id}/messages"
	visitorPage, visitorPages = 50, 100 // messages of a page: when not said, at most
)

// registerWidgetHistory lets visitors read what came before the messages of their snapshot.
func (s *Server) registerWidgetHistory(channel, shown *huma.Param) {
	one, most := 1.0, float64(visitorPages)
	s.stream(route{
		method: http.MethodGet, path: widgetMessages, tag: "conversations", action: ActVisit, late: true, status: http.StatusOK,
		public: "customers have no account: the handler asks for their token", summary: "Earlier messages of the visitor's conversation",
	}, streamed{
		parameters: []*huma.Param{
			{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}, Description: "cnv_… of the visitor"},
			channel, shown,
			{Name: "before_seq", In: "query", Required: true, Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: &one}, Description: "Messages with a smaller seq, the last ones of them"},
			{Name: "limit", In: "query", Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: &one, Maximum: &most, Default: visitorPage}, Description: "How many at most"},
		},
		answer: s.jsonAnswer("OK", reflect.TypeFor[protocol.WidgetMessages]()),
	}, s.asVisitor(s.visitorsMessages))
}

func (s *Server) visitorsMessages(w http.ResponseWriter, req *http.Request) error {
	before, err := queryNumber(req, "before_seq", 0, 1<<53)
	if err != nil {
		return err
	}
	limit, err := queryNumber(req, "limit", visitorPage, visitorPages)
	if err != nil {
		return err
	}
	id, err := conversationID(req.PathValue("id"))
	if err != nil {
		return err
	}
	p := callOf(req.Context()).principal
	c, err := s.o.Conversations.Get(req.Context(), p, id)
	if err != nil {
		return err
	}
	if c.Head.Channel != visitorsChannel(req) || s.o.Gate.Can(p, ActVisit, c.Object) != nil {
		return Refuse(protocol.CodeNotFound) // as for one that is not there
	}
	last := min(uint64(before)-1, c.Head.LastSeq)
	after := last - min(last, uint64(limit))
	messages, err := s.o.Conversations.Messages(req.Context(), id, after, int(last-after))
	if err != nil {
		return err
	}
	out := protocol.WidgetMessages{Messages: make([]protocol.Message, len(messages)), More: after > 0}
	for i := range messages {
		out.Messages[i] = wire{s.o.Catalog}.contactMessage(id, &messages[i])
	}
	if err := s.durably(req.Context(), nil); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return writeJSON(w, out)
}

// queryNumber is a number from 1 of the query; the default where it is absent, which 0 forbids.
func queryNumber(req *http.Request, name string, absent, most int64) (int64, error) {
	text := req.URL.Query().Get(name)
	if text == "" && absent > 0 {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case text == "":
		return 0, refuseField("query/"+name, protocol.FieldRequired)
	case err != nil || n < 1 || n > most:
		return 0, refuseField("query/"+name, protocol.FieldRange)
	}
	return n, nil
}
