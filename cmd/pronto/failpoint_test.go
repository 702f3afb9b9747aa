//go:build failpoints

package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// failpoints are the places at which the server ends, each at a passage of up to so many after the load began.
var failpoints = []struct {
	name string
	most int
}{
	{"before commit", 60}, {"before sync", 60}, {"after commit", 60}, {"frames sent", 60},
	{"before rename", 3}, {"after rename", 3}, {"checkpoint", 1}, {"recovery", 16},
}

// dies waits until the server has ended by itself; false: it was killed when the time was over.
func (p *process) dies(limit time.Duration) bool {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = p.cmd.Wait() // killed, as it should be
	}()
	select {
	case <-ended:
		return true
	case <-time.After(limit):
		_ = p.cmd.Process.Kill()
		<-ended
		return false
	}
}

// files is what was uploaded and acknowledged: id → bytes.
type files struct {
	mu   sync.Mutex
	kept map[string][]byte
}

// upload sends files until the server is gone.
func (r *trial) upload(f *files, token string) {
	for n := 0; ; n++ {
		content := fmt.Appendf(nil, "arquivo %d da rodada %d\n%s", n, r.rounds, strings.Repeat("linha\n", rand.N(2000)))
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", "nota.txt")
		if err == nil {
			_, err = part.Write(content)
		}
		if err == nil {
			err = form.Close()
		}
		if err != nil {
			r.t.Error(err)
			return
		}
		status, out, err := r.post("/attachments", token, form.FormDataContentType(), &body)
		if err != nil {
			return
		}
		if status != 201 {
			r.t.Errorf("upload: %d %v", status, out)
			return
		}
		f.mu.Lock()
		f.kept[out["id"].(string)] = content
		f.mu.Unlock()
	}
}

func (p *process) post(path, token, kind string, body io.Reader) (status int, out object, err error) {
	req, err := http.NewRequest("POST", p.base+"/api/v1"+path, body)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Authorization", "Bearer "+token)
	return answered(http.DefaultClient.Do(req))
}

// check downloads what was acknowledged.
func (f *files) check(r *trial, token string) {
	r.t.Helper()
	for id, want := range f.kept {
		req, err := http.NewRequest("GET", r.base+"/api/v1/attachments/"+id, nil)
		if err != nil {
			r.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			r.t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 || sha256.Sum256(got) != sha256.Sum256(want) {
			r.t.Errorf("round %d: file %s: %d, %d of %d bytes, %v", r.rounds, id, res.StatusCode, len(got), len(want), err)
		}
		delete(f.kept, id) // once is enough, and requests are limited
	}
}

// TestNothingAcknowledgedIsLostAtAnyFailPoint kills the server at each place where a crash is most likely to hurt.
func TestNothingAcknowledgedIsLostAtAnyFailPoint(t *testing.T) {
	rounds, reached := kills(t, 2*len(failpoints)), map[string]int{}
	inFolders(t, rounds, func(rounds int) tallied { return killAtFailPoints(t, rounds, reached) })
	for _, p := range failpoints[:min(len(failpoints), rounds)] {
		if reached[p.name] == 0 {
			t.Errorf("%q was never reached", p.name)
		}
	}
	t.Log(reached)
}

func killAtFailPoints(t *testing.T, rounds int, reached map[string]int) tallied {
	first := failpoints[0]
	r := newTrial(t, spec(first.name, first.most)+":later", "PRONTO_CLOCK=0s:0s")
	admin, f := r.login("root"), &files{kept: map[string][]byte{}}
	uploader := ""
	for id, token := range r.agents {
		if id != r.holder {
			uploader = token
		}
	}
	for n := range rounds {
		p := failpoints[n%len(failpoints)]
		if p.name == "recovery" {
			r.load(r.kill)
			if r.diesStarting(spec(p.name, p.most)) {
				reached[p.name]++
			}
		} else if r.diesAt(p.name, admin, uploader, f) {
			reached[p.name]++
		}
		next := failpoints[(n+1)%len(failpoints)]
		r.env = []string{spec(next.name, next.most) + ":later"}
		r.setClock()
		r.restart()
		r.settle()
		r.repeatInbound(20)
		f.check(r, uploader)
	}
	return r.end(rounds)
}

// setClock lets the clock of the next start be another one than that of the last, and step once more under load.
func (r *trial) setClock() {
	step := func() time.Duration { return rand.N(6*time.Second) - 3*time.Second }
	r.clock, r.stepped = [2]time.Duration{step(), step()}, 0
	r.env = append(r.env, fmt.Sprintf("PRONTO_CLOCK=%v:%v", r.clock[0], r.clock[1]))
}

// spec asks for the end at one of the first passages of a place.
func spec(name string, most int) string {
	return fmt.Sprintf("PRONTO_FAILPOINT=%s:%d", name, 1+rand.N(most))
}

// diesAt loads the server until it comes to the place.
func (r *trial) diesAt(name, admin, uploader string, f *files) (reached bool) {
	var group sync.WaitGroup
	r.load(func() {
		group.Go(func() { r.upload(f, uploader) })
		if name == "checkpoint" {
			group.Go(func() { _, _, _ = r.call("POST", "/backups", admin, object{}) }) // the server ends meanwhile
		}
		for _, s := range []syscall.Signal{syscall.SIGUSR2, syscall.SIGUSR1} { // its clock steps, and it begins to count
			if err := r.cmd.Process.Signal(s); err != nil {
				r.t.Fatal(err)
			}
		}
		r.stepped = 1
		reached = r.dies(5 * time.Second)
	})
	group.Wait()
	return reached
}

// diesStarting starts the server, which ends in its recovery.
func (r *trial) diesStarting(spec string) bool {
	code, out := runIn(r.t, environment(spec), "", "serve", "--data", r.dir, "--listen", "127.0.0.1:0", "--min-free-bytes", "1", "--min-free-percent", "1", "--log-level", "warn")
	if code != -1 || strings.Contains(out, "API") {
		r.t.Errorf("the server did not end in its recovery: %d %s", code, out)
		return false
	}
	return true
}
