package act

// What an actor of a Chain kind sends while it receives goes out when it has received: everything for one actor in one
// letter, which is found, admitted to a mailbox and received once. A command's event and its answer, or two words to a
// queue, mostly go to the same actor.

// note is a further message of a letter.
type note struct {
	msg  any
	from Address
}

// heldLetter is a letter that has its place in the mailbox of to, but is not in it yet.
type heldLetter struct {
	to     Address
	target *cell
	letter *letter
}

const (
	// maxHeld bounds the search for the letter that a message joins: who sends to more actors than that in one Receive
	// sends each of them little.
	maxHeld = 4
	// keptNotes bounds what a letter that once was long keeps.
	keptNotes = 8
)

// join puts e into the letter that is held for its target; false: there is none.
func (c *cell) join(e *Envelope) (joined bool, err error) {
	for i := range c.held {
		h := &c.held[i]
		if h.to != e.To {
			continue
		}
		if !h.target.admit() {
			h.target.kind.overloaded.Add(1)
			return true, ErrOverloaded
		}
		h.letter.more = append(h.letter.more, note{e.Msg, e.From})
		return true, nil
	}
	return false, nil
}

// hold keeps a letter that was admitted to target, which therefore does not retire, until flush.
func (c *cell) hold(to Address, target *cell, l *letter) {
	if len(c.held) == maxHeld {
		c.flush()
	}
	c.held = append(c.held, heldLetter{to, target, l})
}

// flush lets go what is held, in the order of the first message of each letter.
func (c *cell) flush() {
	for i := range c.held {
		c.held[i].target.push(c.held[i].letter, c)
	}
	clear(c.held)
	c.held = c.held[:0]
}

// holds reports whether what c sends now is held: not what it sends when it is nobody, or of a kind that may wait for others
// after it has sent.
func (c *cell) holds() bool { return c != nil && c.kind.Chain }

// reuse gives back a letter that was received.
func (l *letter) reuse() {
	more := l.more
	clear(more)
	if cap(more) > keptNotes {
		more = nil
	}
	*l = letter{more: more[:0]}
	letters.Put(l)
}
