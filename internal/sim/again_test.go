package sim

import (
	"fmt"
	"slices"
	"testing"
)

func imageOf(rows ...string) *rowImage {
	m := &rowImage{}
	for i := 0; i < len(rows); i += 2 {
		_ = m.add([]byte(rows[i]), []byte(rows[i+1]))
	}
	return m
}

func TestEachRowThatDiffersIsSeen(t *testing.T) {
	for _, c := range []struct {
		a, b *rowImage
		want []string
	}{
		{imageOf(), imageOf(), nil},
		{imageOf("a", "1", "b", "2"), imageOf("a", "1", "b", "2"), nil},
		{imageOf(), imageOf("a", "1", "b", "2"), []string{"a", "b"}},
		{imageOf("a", "1", "b", "2"), imageOf(), []string{"a", "b"}},
		{imageOf("a", "1", "c", "3"), imageOf("a", "1", "b", "2", "c", "4", "d", ""), []string{"b", "c", "d"}},
		{imageOf("a", "1", "b", "2", "c", ""), imageOf("b", "2"), []string{"a", "c"}},
		{imageOf("a", "12"), imageOf("a1", "2"), []string{"a", "a1"}},
	} {
		got := []string(nil)
		for _, k := range differing(nil, c.a, c.b) {
			got = append(got, string(k))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q and %q: %q differ, want %q", c.a.bytes, c.b.bytes, got, c.want)
		}
	}
}

// A check that passed runs again when a row that it read is another, was lost or came, and when what it is compared with
// changed; else it is spared.
func TestCheckRunsAgainWhenWhatItReadChanged(t *testing.T) {
	for _, c := range []struct {
		changed string
		same    bool
		runs    bool
	}{
		{"", true, false}, {"", false, true},
		{"k", true, true}, {"k0", true, false}, {"j", true, false},
		{"r", true, true}, {"r5", true, true}, {"s", true, false}, {"qz", true, false}, {"z", true, false},
	} {
		for _, doubts := range []bool{false, true} {
			a := newAgain(1)
			a.doubts = doubts
			a.look++
			ran := 0
			run := func() {
				ran++
				a.read([]byte("k"), nil)
				a.read([]byte("r"), []byte("s"))
			}
			a.check("it", true, run)
			a.read([]byte("between"), nil) // of no check
			if a.look++; c.changed != "" {
				a.changed = [][]byte{[]byte("a"), []byte(c.changed), []byte("zz")}
			}
			a.check("it", c.same, run)
			if want := 1 + map[bool]int{true: 1}[c.runs || doubts]; ran != want {
				t.Errorf("changed %q, compared with the same %v, doubts %v: ran %d times, want %d", c.changed, c.same, doubts, ran, want)
			}
		}
	}
}

func TestCheckThatWasLeftOutOnceRunsAgain(t *testing.T) {
	a, ran := newAgain(1), 0
	a.look++
	a.check("it", true, func() { ran++ })
	a.look += 2
	if a.check("it", true, func() { ran++ }); ran != 2 {
		t.Errorf("ran %d times", ran)
	}
}

func TestCheckThatReadsSomethingElseIsFound(t *testing.T) {
	a, reads := newAgain(doubtful), 0
	check := func() {
		a.look++
		a.check("it", true, func() {
			reads++
			a.read(fmt.Append(nil, "k", reads), nil)
		})
	}
	check()
	defer func() {
		if recover() == nil {
			t.Error("it read another row with the same rows, and nobody noticed")
		}
	}()
	check()
}
