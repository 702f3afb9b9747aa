package sim

import "pronto/dispatch"

// checkRating: a rating is asked for, about what is over, says something new, and is final after its time.
func (s *Sim) checkRating(c *convModel, r dispatch.ConversationRecord) {
	who := c.s.ID.Address()
	switch r := r.(type) {
	case dispatch.ConversationRated:
		rules := s.queueByID[c.s.Queue].rules
		switch first := c.rating; {
		case !rules.Rating, r.Score < dispatch.MinRating, r.Score > dispatch.MaxRating:
			s.fail("rating", who, "rated %d, asked for: %v", r.Score, rules.Rating)
		case c.s.State != dispatch.ConversationWrapup && c.s.State != dispatch.ConversationClosed:
			s.fail("rating", who, "rated while %s", c.s.State)
		case first == nil:
			c.rating = &dispatch.Rating{Score: r.Score, Comment: r.Comment, At: s.now}
		case first.Score == r.Score && first.Comment == r.Comment:
			s.fail("rating", who, "rated %d twice", r.Score)
		case !s.now.Before(first.At.Add(rules.RatingChange)):
			s.fail("rating", who, "the rating of %s is changed", first.At)
		default:
			first.Score, first.Comment = r.Score, r.Comment
		}
	case dispatch.WrapupInterrupted, dispatch.ConversationReopened:
		c.rating = nil
	}
}

// checkRated compares the state with the last rating of the last end.
func (s *Sim) checkRated(c *convModel) {
	have, want := c.s.Rating, c.rating
	if (have == nil) != (want == nil) || have != nil && (have.Score != want.Score || have.Comment != want.Comment || !have.At.Equal(want.At)) {
		s.fail("rating", c.s.ID.Address(), "is rated %+v, and the contact said %+v", have, want)
	}
}
