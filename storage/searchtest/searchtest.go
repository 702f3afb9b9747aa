package searchtest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pronto/dispatch"
)

// Texts are the messages of a whole store; PerTalk of them are one conversation.
const (
	Texts   = 1_000_000
	PerTalk = 10
)

// Vocabulary are words as often as in a language: the nth about 1/n as often as the first.
type Vocabulary struct {
	Words []string
	up    []float64 // cumulative
}

// New makes a vocabulary of n words.
func New(n int) *Vocabulary {
	syllables := []string{"ba", "co", "de", "fi", "gu", "la", "me", "no", "pra", "que", "ri", "so", "ta", "ver", "xi", "zo", "ção", "nhe", "lho", "es"}
	v := &Vocabulary{}
	seen := map[string]bool{}
	r := rand.New(rand.NewPCG(1, 2))
	sum := 0.0
	for len(v.Words) < n {
		var b strings.Builder
		for range 1 + int(math.Log2(float64(len(v.Words)+2))/4) + r.IntN(2) {
			b.WriteString(syllables[r.IntN(len(syllables))])
		}
		if w := b.String(); !seen[w] {
			seen[w] = true
			v.Words = append(v.Words, w)
			sum += 1 / float64(len(v.Words)+2)
			v.up = append(v.up, sum)
		}
	}
	return v
}

// Near is one of the words from the nth on.
func (v *Vocabulary) Near(r *rand.Rand, n, spread int) string { return v.Words[n+r.IntN(spread)] }

// Text is a message of 4 to 13 words.
func (v *Vocabulary) Text(r *rand.Rand) string {
	out := make([]string, 4+r.IntN(10))
	for i := range out {
		at, _ := slices.BinarySearch(v.up, r.Float64()*v.up[len(v.up)-1])
		out[i] = v.Words[min(at, len(v.Words)-1)]
	}
	if r.IntN(8) == 0 {
		out = append(out, fmt.Sprint(r.IntN(1e8)))
	}
	return strings.Join(out, " ")
}

// Channel of the nth conversation: chn_0 has 80 in 100, chn_1 15, chn_2 4.9, and chn_3 one in 1 000.
func Channel(n int) dispatch.ChannelID {
	switch k := n * 7919 % 1000; {
	case k < 800:
		return "chn_0"
	case k < 950:
		return "chn_1"
	case k < 999:
		return "chn_2"
	}
	return "chn_3"
}

// Tags of the nth conversation: retorno is on 30 in 100, vip on one in 100, raro on one in 5 000.
func Tags(n int) (tags []string) {
	for _, t := range []struct {
		tag string
		of  int
	}{{"raro", 1}, {"retorno", 1500}, {"vip", 50}} {
		if n*6271%5000 < t.of {
			tags = append(tags, t.tag)
		}
	}
	return tags
}

// Talk is a closed conversation of PerTalk messages, as its state and records; begun is the time of the save.
func (v *Vocabulary) Talk(start time.Time, n int, r *rand.Rand) (s *dispatch.ConversationSnapshot, records []dispatch.Record, begun time.Time) {
	at := start.Add(time.Duration(n) * 30 * time.Second)
	id := dispatch.ConversationID(dispatch.FormatID("cnv", at, dispatch.Partition(r.IntN(1024)), r.Uint64()))
	agent := dispatch.AgentID(fmt.Sprint("agt_", n%500))
	records = []dispatch.Record{
		dispatch.ConversationOpened{ID: id, Channel: Channel(n), Contact: dispatch.Contact{ID: dispatch.ContactID(fmt.Sprint("con_", n%30_000))}, Queue: dispatch.QueueID(fmt.Sprint("que_", n%20)), Protocol: fmt.Sprintf("2026-%06d", n), At: at},
		dispatch.OfferAccepted{Offer: "off_1", Agent: agent, Epoch: 1, At: at},
	}
	if tags := Tags(n); len(tags) > 0 {
		records = append(records, dispatch.TagsChanged{Add: tags, By: agent, At: at})
	}
	for i := range PerTalk {
		by := []dispatch.AuthorKind{dispatch.AuthorContact, dispatch.AuthorAgent}[i%2]
		records = append(records, dispatch.MessageAppended{Message: dispatch.Chat{
			ID: dispatch.MessageID(fmt.Sprint("msg_", n, "_", i)), Seq: uint64(i + 1), Author: dispatch.Author{Kind: by, Name: "Ana"}, Text: v.Text(r), At: at.Add(time.Duration(i) * 20 * time.Second),
		}})
	}
	records = append(records, dispatch.ConversationEnded{Cause: dispatch.ClosedByAgent, By: agent, At: at.Add(time.Hour)})
	s = &dispatch.ConversationSnapshot{ID: id}
	for _, rec := range records {
		s.Apply(rec.(dispatch.ConversationRecord)) //nolint:forcetypeassert // all of them are
	}
	return s, records, at
}

// Fill saves a whole store's conversations, many at a time; save must be safe for concurrent use. It returns the first error.
func (v *Vocabulary) Fill(start time.Time, save func(s *dispatch.ConversationSnapshot, records []dispatch.Record, begun time.Time) error) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, fillers)
	for g := range fillers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 7))
			for n := next.Add(1); n <= Texts/PerTalk; n = next.Add(1) {
				if err := save(v.Talk(start, int(n), r)); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
}

const fillers = 64
