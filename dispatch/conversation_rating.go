package dispatch

import "time"

// Limits of ratings.
const (
	MinRating      = 1
	MaxRating      = 5
	MaxRatingBytes = 4 << 10        // of the comment
	RatingChange   = 24 * time.Hour // the default of Rules.RatingChange
)

// Rating is what the contact thinks of a conversation that is over.
type Rating struct {
	Score     int       `cbor:"1,keyasint"` // MinRating to MaxRating, higher is better
	Comment   string    `cbor:"2,keyasint,omitempty"`
	At        time.Time `cbor:"3,keyasint"`          // when it was first given
	ChangedAt time.Time `cbor:"4,keyasint,omitzero"` // when it was last changed
}

func (c *Conversation) rate(t *turn, m RateConversation) error {
	if err := c.mayRate(t, m); err != nil {
		return err
	}
	said := c.s.Rating != nil && c.s.Rating.Score == m.Score && c.s.Rating.Comment == m.Comment
	if !said || planted("rating_counted_twice") {
		c.record(t, ConversationRated{Score: m.Score, Comment: m.Comment, At: t.now})
		c.notify(t, EventUpdated{Head: c.Head()})
	}
	t.answer(Done{})
	return nil
}

func (c *Conversation) mayRate(t *turn, m RateConversation) error {
	switch {
	case c.s.State == ConversationNone:
		return refuse(CodeNotFound, "no such conversation")
	case !c.rules.Rating:
		return refuseBecause(CodeNotRatable, "nobody asks for a rating", "not_asked")
	case !c.s.over() && !planted("rated_while_open"):
		return refuseBecause(CodeNotRatable, "the conversation is not over", "open")
	case m.Score < MinRating || m.Score > MaxRating:
		return refuseBecause(CodeBadRequest, "a rating is between 1 and 5", "/data/rating")
	case len(m.Comment) > MaxRatingBytes:
		return refuse(CodeTooLong, "the comment is too long")
	case c.s.Rating != nil && due(c.s.Rating.At.Add(c.rules.RatingChange), t.now) && !planted("rating_never_final"):
		return refuseBecause(CodeNotRatable, "the rating cannot be changed any more", "too_late")
	}
	return nil
}

// over for the contact; its owner may still file it.
func (s *ConversationSnapshot) over() bool {
	return s.State == ConversationWrapup || s.State == ConversationClosed
}

func (s *ConversationSnapshot) applyRating(r ConversationRated) {
	first := s.Rating
	s.Rating = &Rating{Score: r.Score, Comment: r.Comment, At: r.At}
	if first != nil {
		s.Rating.At, s.Rating.ChangedAt = first.At, r.At
	}
}

// unrate: what goes on is not over, and is rated anew at its next end.
func (s *ConversationSnapshot) unrate() {
	if !planted("rating_outlives_reopening") {
		s.Rating = nil
	}
}
