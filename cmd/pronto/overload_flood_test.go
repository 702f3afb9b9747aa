package main

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// flood is what the work that may be refused asks of a server: so many requests of each class a second, whatever the
// server answers. It is made by a process of its own, so that its load does not delay those who measure.
type flood struct {
	Address  string // of the server
	Time     time.Duration
	Early    time.Duration      // what begins in it is tallied apart
	Name     string             // makes what is written unique
	Rates    map[string]float64 // by class, a second
	Tokens   []string           // of supervisors: requests are limited by credential
	Typists  []typist
	Generic  string // channels
	WhatsApp string
	Web      string
}

// typist is an agent with a conversation.
type typist struct{ Token, Conversation string }

// tally is what became of one class.
type tally struct {
	Early   int            // begun before the line was full, and counted nowhere else
	Asked   int            // begun in time
	Late    int            // not begun: all connections were busy, or the generator
	Taken   int            // answered with success
	Refused int            // 503
	After   int            // answered when the flood was over
	Other   map[string]int // anything else
	Acked   []int          // which of the new conversations were acknowledged
}

const (
	floodVariable    = "PRONTO_TEST_FLOOD"
	overloadVariable = "PRONTO_OVERLOAD" // how long to flood; set: alone on the machine
)

// run floods from another process.
func (f flood) run(t *testing.T) map[string]*tally {
	t.Helper()
	spec, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	// It gets what nobody else wants, as if it were on another machine; beside other tests that may be nothing. A process that
	// lowers itself lowers one of its threads only.
	lowered := []string{"nice", "-n", "5"}
	if os.Getenv(overloadVariable) != "" {
		lowered = []string{"chrt", "--idle", "0"}
	}
	cmd := exec.CommandContext(t.Context(), lowered[0], append(lowered[1:], os.Args[0])...)
	cmd.Env = append(os.Environ(), floodVariable+"=1")
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(spec)), os.Stderr
	raw, err := cmd.Output()
	if err != nil {
		t.Errorf("flood: %v", err)
		return nil
	}
	out := map[string]*tally{}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Errorf("flood: %v: %s", err, raw)
	}
	return out
}

// floodMain is the other process: its order comes over standard input, the tallies go to standard output.
func floodMain() int {
	var f flood
	if err := json.NewDecoder(os.Stdin).Decode(&f); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	out := map[string]*tally{}
	var group sync.WaitGroup
	for class, rate := range f.Rates {
		sum := &tally{Other: map[string]int{}}
		out[class] = sum
		group.Go(func() { f.class(class, rate, sum) })
	}
	group.Wait()
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		return 1
	}
	return 0
}

// floodConnections is how many requests of a class are under way at most; a customer who finds none free gives up.
const floodConnections = 1024

// asker makes the requests of one connection. It says what became of the nth: a status of HTTP, or why there is none.
type asker interface{ ask(n int) string }

// class begins requests at their times, whether the ones before were answered or not.
func (f *flood) class(class string, rate float64, sum *tally) {
	var mu sync.Mutex
	due, began := make(chan int), time.Now()
	var group sync.WaitGroup
	workers := min(floodConnections, max(8, int(2*rate)))
	switch class {
	case "typing":
		workers = len(f.Typists)
	case "sign_ins": // wait up to eight seconds
		workers = max(8, int(8*rate))
	}
	for w := range workers {
		group.Go(func() {
			a := f.asker(class, w)
			for n := range due {
				early := time.Since(began) < f.Early
				what := a.ask(n)
				mu.Lock()
				if time.Since(began) > f.Time && (what == "503" || what[0] == '2' || what == "101") {
					what = "after"
				}
				sum.note(class, n, what, early)
				mu.Unlock()
			}
		})
	}
	late, all := 0, int(rate*f.Time.Seconds())
	for n := range all {
		if time.Since(began) >= f.Time { // the generator itself was late
			late += all - n
			break
		}
		at := time.Duration(float64(n) / rate * float64(time.Second))
		if wait := at - time.Since(began); wait > time.Millisecond {
			<-time.After(wait)
		}
		select {
		case due <- n:
		case <-time.After(100 * time.Microsecond):
			late++
		}
	}
	close(due)
	group.Wait()
	sum.Late = late
}

func (s *tally) note(class string, n int, what string, early bool) {
	taken := what == "200" || what == "201" || what == "101"
	if taken && class == "arrivals" {
		s.Acked = append(s.Acked, n)
	}
	answered := taken || what == "after" || what == "503"
	if early && answered {
		s.Early++
		return
	}
	s.Asked++
	switch {
	case !answered:
		s.Other[what]++
	case taken:
		s.Taken++
	case what == "after":
		s.After++
	default:
		s.Refused++
	}
}

func (f *flood) asker(class string, worker int) asker {
	token := ""
	if len(f.Tokens) > 0 {
		token = f.Tokens[worker%len(f.Tokens)]
	}
	switch class {
	case "typing":
		return &typer{f: f, who: f.Typists[worker]}
	case "visits":
		return visitor{f}
	}
	return &rawAsker{f: f, class: class, token: token}
}

// arrival is the nth new conversation of a flood.
func (f *flood) arrival(n int) (external, phone string) {
	return fmt.Sprintf("%s-%d", f.Name, n), fmt.Sprintf("+5511%09d", 900_000_000+seriesOf(f.Name)+n)
}

// seriesOf keeps the telephone numbers of floods apart.
func seriesOf(name string) int {
	sum := sha256.Sum256([]byte(name))
	return int(sum[0]) * 300_000
}

const floodSecret = "segredo-do-app"

// request is the nth request of a class, for a connection that is kept.
func (f *flood) request(class, token string, n int) string {
	get := func(path string) string {
		return "GET /api/v1" + path + " HTTP/1.1\r\nHost: " + f.Address + "\r\nAuthorization: Bearer " + token + "\r\n\r\n"
	}
	post := func(path, headers, body string) string {
		return "POST /api/v1" + path + " HTTP/1.1\r\nHost: " + f.Address + "\r\nContent-Type: application/json\r\n" + headers +
			"Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	}
	switch class {
	case "arrivals":
		external, phone := f.arrival(n)
		return post("/channels/"+f.Generic+"/messages", "Authorization: Bearer "+token+"\r\n",
			`{"external_id":"`+external+`","text":"bom dia","contact":{"name":"Cliente","identities":[{"kind":"phone","value":"`+phone+`"}]}}`)
	case "webhooks":
		phone := strconv.Itoa(5521900000000 + seriesOf(f.Name) + n)
		body := `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",` +
			`"metadata":{"phone_number_id":"555"},"contacts":[{"profile":{"name":"Marina"},"wa_id":"` + phone + `"}],` +
			`"messages":[{"from":"` + phone + `","id":"wamid.` + f.Name + strconv.Itoa(n) + `","timestamp":"` + strconv.FormatInt(time.Now().Unix(), 10) + `","type":"text","text":{"body":"oi"}}]}}]}]}`
		mac := hmac.New(sha256.New, []byte(floodSecret))
		mac.Write([]byte(body))
		return post("/channels/"+f.WhatsApp+"/whatsapp", "X-Hub-Signature-256: sha256="+hex.EncodeToString(mac.Sum(nil))+"\r\n", body)
	case "sign_ins":
		return post("/login", "", `{"login":"root","password":"`+password+`"}`)
	case "live":
		return get("/live")
	case "reports":
		return get("/search?q=bom")
	}
	panic(class)
}

// rawAsker writes requests and reads no more of the answers than it must: the generator shares the server's machine.
type rawAsker struct {
	f     *flood
	class string
	token string
	conn  net.Conn
	in    *bufio.Reader
}

func (a *rawAsker) ask(n int) string {
	if a.conn == nil {
		c, err := net.Dial("tcp", a.f.Address)
		if err != nil {
			return "no connection"
		}
		a.conn, a.in = c, bufio.NewReader(c)
	}
	status, err := a.exchange(a.f.request(a.class, a.token, n))
	if err != nil {
		_ = a.conn.Close()
		a.conn = nil
		return "cut off"
	}
	return status
}

func (a *rawAsker) exchange(request string) (status string, err error) {
	if err := a.conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(a.conn, request); err != nil {
		return "", err
	}
	length := math.MinInt
	for {
		line, err := a.in.ReadSlice('\n')
		if err != nil {
			return "", err
		}
		text := strings.TrimSpace(string(line))
		switch {
		case status == "":
			if f := strings.Fields(text); len(f) > 1 {
				status = f[1]
			}
			continue
		case text == "":
			return status, a.body(length)
		}
		if v, ok := strings.CutPrefix(strings.ToLower(text), "content-length: "); ok {
			length, _ = strconv.Atoi(v)
		}
		if strings.EqualFold(text, "transfer-encoding: chunked") {
			length = -1
		}
	}
}

func (a *rawAsker) body(length int) error {
	if length >= 0 {
		_, err := a.in.Discard(length)
		return err
	}
	for {
		line, err := a.in.ReadString('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(line), 16, 32)
		if err != nil {
			return err
		}
		if _, err := a.in.Discard(int(size) + 2); err != nil || size == 0 {
			return err
		}
	}
}

// visitor opens the page of a new customer and leaves it.
type visitor struct{ f *flood }

func (v visitor) ask(int) string {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws://"+v.f.Address+"/api/v1/widget/ws?channel="+v.f.Web, &websocket.DialOptions{
		Subprotocols: []string{"pronto.widget.v1"}, HTTPHeader: map[string][]string{"Origin": {"http://" + v.f.Address}},
	})
	if err != nil {
		return "no websocket"
	}
	defer ws.CloseNow() // the page is left
	if err := ws.Write(ctx, websocket.MessageText, []byte(`{"type":"start"}`)); err != nil {
		return "cut off"
	}
	for {
		f, err := readFrame(ctx, ws)
		switch {
		case websocket.CloseStatus(err) == 1013:
			return "503"
		case err != nil:
			return "cut off"
		case f["type"] == "snapshot":
			return "101"
		}
	}
}

// typer types in a conversation.
type typer struct {
	f   *flood
	who typist
	ws  *websocket.Conn
}

func (a *typer) ask(n int) string {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if a.ws == nil {
		ws, _, err := websocket.Dial(ctx, "ws://"+a.f.Address+"/api/v1/ws", &websocket.DialOptions{
			Subprotocols: []string{"pronto.v1"}, HTTPHeader: map[string][]string{"Authorization": {"Bearer " + a.who.Token}},
		})
		if err != nil || ws.Write(ctx, websocket.MessageText, []byte(`{"type":"start"}`)) != nil {
			return "no websocket"
		}
		ws.SetReadLimit(1 << 20)
		a.ws = ws
	}
	id := fmt.Sprint(a.f.Name, "-", n)
	if err := writeCommand(ctx, a.ws, id, "typing.set", object{"conversation_id": a.who.Conversation, "typing": n%2 == 0}); err != nil {
		return "cut off"
	}
	for {
		f, err := readFrame(ctx, a.ws)
		switch {
		case err != nil:
			a.ws = nil
			return "cut off"
		case f["type"] == "reply" && f["id"] == id && f["ok"] == true:
			return "200"
		case f["type"] == "reply" && f["id"] == id:
			return fmt.Sprint(f["error"].(object)["code"])
		}
	}
}
