package demo

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"pronto/client"
	"pronto/protocol"
)

// output is what a running demo has printed so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// show is a demo that runs, with its output and its log.
type show struct {
	t        *testing.T
	out, log output
	stop     context.CancelFunc
	ended    chan error
	folder   string // of temporary files
}

const testPatience = 90 * time.Second

func startShow(t *testing.T, o Options) *show {
	t.Helper()
	s := &show{t: t, ended: make(chan error, 1), folder: t.TempDir()}
	t.Setenv("TMPDIR", s.folder)
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	o.Listen, o.Out, o.Log = "127.0.0.1:0", &s.out, zerolog.New(&s.log).Level(zerolog.WarnLevel)
	go func() { s.ended <- Run(ctx, o) }()
	t.Cleanup(cancel)
	return s
}

// end stops the demo and returns what Run returned.
func (s *show) end() error {
	s.t.Helper()
	s.stop()
	select {
	case err := <-s.ended:
		return err
	case <-time.After(testPatience):
		s.t.Fatal("the demo does not end")
		return nil
	}
}

// until asks again and again, for what no event tells.
func (s *show) until(what string, holds func() bool) {
	s.t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(testPatience)
	for !holds() {
		select {
		case err := <-s.ended:
			s.t.Fatalf("ended while waiting for %s: %v\n%s", what, err, &s.out)
		case <-tick.C:
		case <-timeout:
			s.t.Fatalf("no end of waiting for %s\n%s\n%s", what, &s.out, &s.log)
		}
	}
}

var (
	addressLine = regexp.MustCompile(`(?m)^Address +(http://\S+)$`)
	loginLine   = regexp.MustCompile(`(?m)^(\w+) +(\S{4}-\S{4}-\S{4}) +(agent|supervisor|admin) +`)
	curlLine    = regexp.MustCompile(`curl -s http://[^/]+/api/v1/channels/(\S+)/messages -H 'Authorization: Bearer (\S+)'`)
)

// printed waits for the sheet of log-ins and returns the address and who may sign in, by role.
func (s *show) printed() (base string, logins [][]string) {
	s.t.Helper()
	s.until("the sheet", func() bool { return curlLine.MatchString(s.out.String()) })
	return addressLine.FindStringSubmatch(s.out.String())[1], loginLine.FindAllStringSubmatch(s.out.String(), -1)
}

// records returns every record of a conversation.
func records(t *testing.T, rest *client.REST, id string) []record {
	t.Helper()
	var page protocol.Page[record]
	if err := rest.Do(t.Context(), client.Request{Method: http.MethodGet, Path: "/conversations/" + id + "/events?limit=500"}, &page); err != nil {
		t.Fatal(err)
	}
	return page.Items
}

// tally is what all conversations went through.
type tally struct {
	whole     map[string]int // queue → offered, accepted, answered both ways, closed with its script
	happened  map[string]int // names of records
	transfers int
	channels  map[string]int // kind → closed conversations
}

func count(t *testing.T, rest *client.REST) tally {
	t.Helper()
	var page protocol.Page[protocol.ConversationHead]
	if err := rest.Do(t.Context(), client.Request{Method: http.MethodGet, Path: "/conversations?limit=500"}, &page); err != nil {
		t.Fatal(err)
	}
	sum := tally{whole: map[string]int{}, happened: map[string]int{}, channels: map[string]int{}}
	for _, h := range page.Items {
		here, authors := map[string]int{}, map[string]int{}
		for _, r := range records(t, rest, h.ID) {
			here[r.Name]++
			sum.happened[r.Name]++
			switch r.Name {
			case "message_appended":
				authors[read[protocol.MessageReply](r).Message.Author.Kind]++
			case "offer_made":
				if read[protocol.OfferFact](r).Kind == "transfer" {
					sum.transfers++
				}
			case "conversation_requeued":
				if read[protocol.QueuedFact](r).Cause == "transfer" {
					sum.transfers++
				}
			}
		}
		if h.State == "closed" && h.Script != nil && h.Script.ReasonID != "" && here["offer_made"] > 0 && here["offer_accepted"] > 0 &&
			authors["contact"] > 1 && authors["agent"] > 1 && here["messages_read"] > 0 {
			sum.whole[h.Queue.Name]++
			sum.channels[h.Channel.Kind]++
		}
	}
	return sum
}

func TestTheDemoPlaysWholeConversationsAndLeavesNothing(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s := startShow(t, Options{Seed: 42, Speed: 25})
	base, logins := s.printed()
	if len(logins) != 10 {
		t.Fatalf("%d log-ins are printed:\n%s", len(logins), &s.out)
	}
	browser := &http.Client{Transport: &http.Transport{}}
	defer browser.CloseIdleConnections()
	rest := client.NewREST(base, browser)
	for _, l := range logins { // the administrator is the last one and stays signed in
		session, err := client.NewREST(base, browser).Login(t.Context(), l[1], l[2])
		if err != nil || session.User.Role != l[3] {
			t.Errorf("sign in %s: %v, %+v", l[1], err, session.User)
		}
		rest.SetToken(session.Token)
	}
	s.until("whole conversations of three queues and both kinds of channels, a decline, a transfer and a note", func() bool {
		sum := count(t, rest)
		return len(sum.whole) >= 3 && len(sum.channels) == 2 && sum.happened["offer_declined"] > 0 && sum.transfers > 0 && sum.happened["note_added"] > 0
	})
	s.until("the narration of all that", func() bool { // agents tell what they did once it is answered
		for _, told := range []string{" accepts after ", " declines", " closes: ", " hands over to ", " notes: "} {
			if !strings.Contains(s.out.String(), told) {
				return false
			}
		}
		return true
	})
	if left, err := os.ReadDir(s.folder); err != nil || len(left) != 1 {
		t.Errorf("the data is not in one temporary folder: %v %v", left, err)
	}
	if err := s.end(); err != nil {
		t.Errorf("end: %v", err)
	}
	if left, err := os.ReadDir(s.folder); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if log := s.log.String(); log != "" {
		t.Errorf("warnings:\n%s", log)
	}
}

func TestWhoPlaysAFreeAgentIsOfferedConversationsAndAnswered(t *testing.T) {
	s := startShow(t, Options{Seed: 9, Speed: 25})
	base, _ := s.printed()
	offers, answers := make(chan protocol.Offer, 64), make(chan string, 64)
	ana, err := client.Dial(t.Context(), client.Options{URL: base, Login: "ana", Password: password(9, "ana"), OnEvent: func(e client.Event) {
		var o protocol.Offer
		var m protocol.ConversationMessage
		switch e.Name {
		case protocol.EventOfferCreated:
			if e.Decode(&o) == nil {
				offers <- o
			}
		case protocol.EventConversationMessage:
			if e.Decode(&m) == nil && m.Message.Author.Kind == "contact" {
				answers <- m.Message.Text
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ana.Close() }()
	if err := ana.Do(t.Context(), "status.set", protocol.StatusSet{Status: "ready"}, nil); err != nil {
		t.Fatal(err)
	}
	var id string
	s.until("an offer that is accepted", func() bool {
		select {
		case o := <-offers:
			id = o.ConversationID
			return ana.Do(t.Context(), "offer.accept", protocol.OfferAccept{OfferID: o.ID}, nil) == nil
		default:
			return false
		}
	})
	if err := ana.Do(t.Context(), "message.send", protocol.MessageSend{ConversationID: id, Text: "Olá, em que posso ajudar?"}, nil); err != nil {
		t.Fatal(err)
	}
	s.until("an answer", func() bool { return len(answers) > 0 })
	if err := s.end(); err != nil {
		t.Errorf("end: %v", err)
	}
}

func TestTheNarrationIsOffWhenQuietAndTheLineToTryWorks(t *testing.T) {
	s := startShow(t, Options{Seed: 1, Speed: 100, Quiet: true})
	base, _ := s.printed()
	sheet := s.out.String()
	try := curlLine.FindStringSubmatch(sheet)
	browser := &http.Client{Transport: &http.Transport{}}
	defer browser.CloseIdleConnections()
	rest := client.NewREST(base, browser)
	rest.SetToken(try[2])
	answer, err := rest.Inbound(t.Context(), try[1], protocol.InboundMessage{
		ExternalID: "1", Text: "Oi\x1b[2J",
		Contact: protocol.InboundContact{Name: "Maria", Identities: []protocol.Identity{{Kind: "phone", Value: "+5511999990000"}}},
	})
	if err != nil || !answer.CreatedConversation {
		t.Fatalf("inbound: %v %+v", err, answer)
	}
	admin := administrator(1)
	if _, err := rest.Login(t.Context(), admin.login, admin.password); err != nil {
		t.Fatal(err)
	}
	s.until("an answer", func() bool {
		for _, r := range records(t, rest, answer.ConversationID) {
			if r.Name == "message_appended" && read[protocol.MessageReply](r).Message.Author.Kind == "agent" {
				return true
			}
		}
		return false
	})
	if err := s.end(); err != nil {
		t.Errorf("end: %v", err)
	}
	if s.out.String() != sheet {
		t.Errorf("quiet, and yet:\n%s", s.out.String()[len(sheet):])
	}
}

func TestAnInterruptBeforeTheOrganisationStandsLeavesNothing(t *testing.T) {
	s := startShow(t, Options{Seed: 3, Speed: 1})
	s.until("the data folder", func() bool {
		made, err := os.ReadDir(s.folder)
		return err == nil && len(made) == 1
	})
	if err := s.end(); err != nil {
		t.Errorf("end: %v", err)
	}
	if left, err := os.ReadDir(s.folder); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestASpeedThatNobodyCanPlayIsRefused(t *testing.T) {
	for _, speed := range []float64{0, -1, 1e9, nan()} {
		if err := Run(t.Context(), Options{Speed: speed, Listen: "127.0.0.1:0", Out: &output{}}); err == nil {
			t.Errorf("speed %v is played", speed)
		}
	}
}

func nan() float64 { zero := 0.0; return zero / zero }

func TestTheSeedDecidesWhatEverybodyDraws(t *testing.T) {
	draw := func(seed uint64) string {
		c := newChance(seed, "carla")
		return fmt.Sprint(c.Float64(), c.IntN(1000), c.between(1, 9), pick(c, firstNames), password(seed, "carla"))
	}
	first, again, other := draw(1), draw(1), draw(2)
	if first != again || first == other {
		t.Error("the seed does not decide")
	}
	seen := map[string]bool{}
	for seed := range uint64(200) {
		for _, p := range append(staff(seed), administrator(seed)) {
			if seen[p.password] {
				t.Fatalf("%s has another's password", p.login)
			}
			seen[p.password] = true
		}
	}
}

func TestEveryStoryCanBeAnsweredAndFiled(t *testing.T) {
	queues := []string{keySupport, keyBilling, keySales, keyCare}
	ends := map[string]bool{}
	for _, s := range stories {
		ends[s.turns[len(s.turns)-1].answer] = true
	}
	for _, q := range queues {
		if len(returns[q]) == 0 {
			t.Errorf("nobody comes back to %s", q)
		}
	}
	for _, s := range stories {
		for i, turn := range s.turns {
			if ends[turn.answer] != (i == len(s.turns)-1) {
				t.Errorf("%s: %q is another story's goodbye", s.subject, turn.answer)
			}
			if r := replies[turn.says]; r.text != turn.answer || r.reason == "" {
				t.Errorf("%s: %q is answered by %+v", s.subject, turn.says, r)
			}
		}
	}
}

func TestWhatPeopleWriteCannotCommandATerminal(t *testing.T) {
	for in, want := range map[string]string{
		"Oi":                     "“Oi”",
		"a\x1b[2Jb\nc":           "“a [2Jb c”",
		"a\u202eb":               "“a b”",
		strings.Repeat("é", 200): "“" + strings.Repeat("é", maxQuote-1) + "…”",
	} {
		if got := quote(in); got != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
}
