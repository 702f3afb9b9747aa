package app

import (
	"errors"
	"fmt"
	"testing"

	"pronto/dispatch"
	"pronto/storage"
)

func TestASearchIsNarrowedByShortListsAndByLongOnesOnlyWhereThereIsNothingElse(t *testing.T) {
	read := 0
	list := func(n, most int) listing {
		return listing{func(add func(dispatch.ConversationID) error) error {
			for i := range n {
				read++
				if err := add(dispatch.ConversationID(fmt.Sprint(i))); err != nil {
					if errors.Is(err, storage.ErrStop) {
						return nil
					}
					return err
				}
			}
			return nil
		}, most, fmt.Sprint(n, most)}
	}
	for _, c := range []struct {
		name  string
		lists []listing
		among int // -1: not narrowed
		read  int
	}{
		{"nothing", nil, -1, 0},
		{"a short one", []listing{list(10, maxOf)}, 10, 10},
		{"the shorter of two", []listing{list(10, maxOf), list(20, maxWith)}, 10, 30},
		{"a long one beside a short one is left", []listing{list(5_000, maxWith), list(10, maxOf)}, 10, fewListed + 1 + 10},
		{"a long one alone", []listing{list(5_000, maxWith)}, 5_000, fewListed + 1 + 5_000},
		{"one that is too long", []listing{list(maxWith+1, maxWith)}, -1, fewListed + 1 + maxWith + 1},
		{"an agent's may be longer", []listing{list(maxWith+1, maxOf)}, maxWith + 1, fewListed + 1 + maxWith + 1},
	} {
		read = 0
		k := &seeker{conversations: &conversations{}}
		err := k.narrowBy(c.lists)
		got := len(k.among)
		if k.among == nil {
			got = -1
		}
		if err != nil || got != c.among || read != c.read {
			t.Errorf("%s: %d conversations, %d read, %v", c.name, got, read, err)
		}
		if err := k.narrowBy(c.lists); err != nil || got < 0 && read != c.read {
			t.Errorf("%s, again: %d read, %v", c.name, read, err)
		}
	}
}
