package sim

import (
	"context"
	"fmt"

	"pronto/dispatch"
	"pronto/storage"
)

// The bugs that are planted in the shells. Those of the machines are hooks in dispatch, those of the disk in storage; see
// planted_test.go for all.

// plant reports whether the named bug is planted in this run; always false without the build tag.
func (s *Sim) plant(name string) bool { return plantable && s.p.Plant == name }

// forgets says which messages a planted bug never sends.
func (s *Sim) forgets(e dispatch.Envelope) bool {
	switch m := e.Message.(type) {
	case dispatch.Released:
		return s.plant("release_lost")
	case dispatch.WithdrawOffer:
		return s.plant("offer_kept_on_not_ready") && m.Cause == dispatch.EndWithdrawn
	case dispatch.OfferEnded:
		c := s.clientOf[e.To.ID]
		return s.plant("slot_leaked_on_disconnect") && c != nil && len(c.sessions) == 0
	case dispatch.GiveUp:
		return s.plant("give_up_untold")
	case dispatch.OwnerGone:
		return s.plant("owner_gone_untold")
	}
	return false
}

// toldEarly tells the answers of a decision before it is durable, when that is planted.
func (s *Sim) toldEarly(e dispatch.Envelope, records []dispatch.Record) {
	if !s.plant("told_before_durable") || e.From.Kind != kindClient {
		return
	}
	for _, r := range records {
		if a, ok := r.(dispatch.CommandAnswered); ok && a.Cause == e.Cause {
			s.answered(dispatch.Envelope{To: e.From, Message: dispatch.Answer{Cause: a.Cause, Reply: a.Reply, Err: a.Err}})
		}
	}
}

// saveInHalves makes a decision durable in two commits.
func (s *Sim) saveInHalves(c *conversation, records []dispatch.Record) error {
	first, ok := records[0].(dispatch.ConversationRecord)
	if !ok {
		return fmt.Errorf("record %T", records[0])
	}
	half := s.model.conv(c.id).s
	half.Apply(first)
	save := storage.SaveConversation{Now: s.now, State: &half, Records: records[:1], Rows: &c.rows}
	if err := s.disk.db.SaveConversation(context.Background(), save); err != nil {
		return err
	}
	save.State, save.Records = c.m.Snapshot(), records[1:]
	return s.disk.db.SaveConversation(context.Background(), save)
}

// withoutChannel finds duplicates by external id alone, when that is planted.
func (s *Sim) withoutChannel(in *inbound, f *dispatch.Found) {
	if !s.plant("dedupe_without_channel") || f.Duplicate != nil {
		return
	}
	for _, ch := range s.channels {
		if r, ok := s.model.externals[externalKey{ch.id, in.external}]; ok {
			f.Duplicate = &r
			return
		}
	}
}
