package transport

import (
	"context"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"pronto/dispatch"
	"pronto/internal/shed"
	"pronto/protocol"
)

// AuditFilter selects entries. Empty fields select all.
type AuditFilter struct {
	Actor, Action, Kind, Object string
	From, To                    time.Time // at or after From, before To
	Before                      uint64    // entries with a seq below; 0: from the newest
	Limit                       int
}

// Audit keeps what was done.
type Audit interface {
	// Record makes the entry durable before what it tells of is done. Seq, time and hashes are not the caller's.
	Record(ctx context.Context, by Principal, r protocol.AuditRecord) error
	// List returns entries, newest first, and the seq below which the next page begins; 0 at the end.
	List(ctx context.Context, f AuditFilter) (page []protocol.AuditRecord, next uint64, err error)
}

// RemoteOf is the address that the request came from, as the connection has it; invalid outside a request.
func RemoteOf(ctx context.Context) netip.Addr { return callOf(ctx).remote }

// WithPrincipal lets somebody act who came by no request, such as a tool.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, callKey{}, &call{principal: p})
}

// PrincipalOf is who makes the request; empty outside one, and where nobody is signed in.
func PrincipalOf(ctx context.Context) Principal { return callOf(ctx).principal }

type auditIn struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"At most so many entries"`
	Cursor string `query:"cursor" maxLength:"20" doc:"next_cursor of the last page"`
	Actor  string `query:"actor_id" maxLength:"64" doc:"agt_… or tok_…: who did it"`
	Action string `query:"action" maxLength:"64" doc:"Such as queue.updated; a beginning that ends in a full stop selects all of them" example:"queue."`
	Kind   string `query:"kind" maxLength:"64" doc:"Kind of the object"`
	Object string `query:"object_id" maxLength:"64" doc:"Id of the object"`
	From   string `query:"from" maxLength:"40" format:"date-time" doc:"At or after"`
	To     string `query:"to" maxLength:"40" format:"date-time" doc:"Before"`
}

func (s *Server) registerAudit() {
	handle(s, route{method: http.MethodGet, path: "/audit", tag: "audit", summary: "Who changed what, newest first", action: ActReadAudit, class: shed.Reports}, s.listAudit)
}

func (s *Server) listAudit(ctx context.Context, in *auditIn) (*bodyOf[protocol.Page[protocol.AuditRecord]], error) {
	f := AuditFilter{Actor: in.Actor, Action: in.Action, Kind: in.Kind, Object: in.Object, Limit: in.Limit}
	var err error
	if in.Cursor != "" {
		if f.Before, err = strconv.ParseUint(in.Cursor, 10, 64); err != nil || f.Before == 0 {
			return nil, refuseField("query/cursor", protocol.FieldInvalid)
		}
	}
	if f.From, err = queryTime("query/from", in.From); err != nil {
		return nil, err
	}
	if f.To, err = queryTime("query/to", in.To); err != nil {
		return nil, err
	}
	found, next, err := s.o.Audit.List(ctx, f)
	if err != nil {
		return nil, err
	}
	page := protocol.Page[protocol.AuditRecord]{Items: append([]protocol.AuditRecord{}, found...)}
	if next > 0 {
		page.NextCursor = strconv.FormatUint(next, 10)
	}
	return answer(page), nil
}

// audited records a command that people answer for: those of supervisors, and whatever overrides a rule. Of its data only
// ids and settings are kept, never what people wrote.
func (s *Server) audited(ctx context.Context, p Principal, name string, v any) error {
	info, ok := commandInfo[name]
	closing, _ := v.(*protocol.ConversationClose)
	override := closing != nil && closing.OverrideScript
	if s.o.Audit == nil || !override && (!ok || info.Role != protocol.RoleSupervisor || unaudited[name]) {
		return nil
	}
	object, changes := auditedData(v)
	return s.o.Audit.Record(ctx, p, protocol.AuditRecord{Action: name, Object: object, Changes: changes})
}

// unaudited are the supervisors' commands that only end what a session shows, or show figures.
var unaudited = map[string]bool{"conversation.unwatch": true, "live.subscribe": true, "live.unsubscribe": true}

// commandInfo is the table of commands by name.
var commandInfo = func() map[string]protocol.CommandInfo {
	out := make(map[string]protocol.CommandInfo, len(protocol.Commands))
	for _, c := range protocol.Commands {
		out[c.Name] = c
	}
	return out
}()

// auditedFields are the fields of commands that an entry may show.
var auditedFields = map[string]bool{
	"agent_id": true, "queue_id": true, "message_id": true, "status": true, "reason_id": true, "priority": true, "override_script": true, "seq": true, "to": true,
}

// readTranscript records that a whole conversation was taken out.
func (s *Server) readTranscript(ctx context.Context, p Principal, id dispatch.ConversationID, notes bool) error {
	if s.o.Audit == nil {
		return nil
	}
	return s.o.Audit.Record(ctx, p, protocol.AuditRecord{
		Action: string(ActTranscript), Object: protocol.AuditObject{Kind: "conversation", ID: string(id)},
		Changes: []protocol.AuditChange{{Field: "notes", After: notes}},
	})
}
