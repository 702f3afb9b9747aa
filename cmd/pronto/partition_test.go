package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pronto/internal/apart"
)

// inNetwork runs a test once more in a process of its own, in a network of its own. It says whether this is that process; in
// the first one it has run everything.
func inNetwork(t *testing.T) bool {
	t.Helper()
	const marker = "PRONTO_TEST_NETWORK"
	if os.Getenv(marker) != "" {
		ip(t, "link", "set", "lo", "up")
		return true
	}
	out := apart.Again(t, marker+"=1", syscall.CLONE_NEWNET, 10*time.Minute)
	for line := range strings.Lines(out) {
		if _, text, found := strings.Cut(line, "_test.go:"); found {
			t.Log(strings.TrimSpace(text))
		}
	}
	return false
}

// ip changes the network of this process.
func ip(t *testing.T, args ...string) {
	t.Helper()
	execute(t, "ip", args...)
}

func execute(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v %s", name, args, err, out)
	}
}

// cable joins this process's network with a server's.
type cable struct {
	t         *testing.T
	near, far string // interfaces
	server    string // process id
	there     string // the server's address
}

func (p *process) plug(name string, network int) *cable {
	p.t.Helper()
	c := &cable{t: p.t, near: name + "-near", far: name + "-far", server: strconv.Itoa(p.cmd.Process.Pid), there: fmt.Sprintf("10.77.%d.1", network)}
	ip(p.t, "link", "add", c.near, "type", "veth", "peer", "name", c.far, "netns", c.server)
	ip(p.t, "address", "add", fmt.Sprintf("10.77.%d.2/24", network), "dev", c.near)
	c.inServer("address", "add", c.there+"/24", "dev", c.far)
	c.set(c.near, "up")
	c.set(c.far, "up")
	return c
}

// inServer changes the server's network.
func (c *cable) inServer(args ...string) {
	c.t.Helper()
	execute(c.t, "nsenter", append([]string{"--target", c.server, "--net", "ip"}, args...)...)
}

// set lets one end of the cable be up or down. Nobody is told: what is sent is lost.
func (c *cable) set(end, state string) {
	c.t.Helper()
	if end == c.far {
		c.inServer("link", "set", end, state)
	} else {
		ip(c.t, "link", "set", end, state)
	}
}

// The network between the agents and the server is gone for a while, at either end, and customers, who have another one, go on
// writing: what was said meanwhile reaches every session once, in order. PRONTO_PARTITION is a longer while; from 45 s on both
// sides have given each other up.
func TestWhatIsSaidDuringAPartitionReachesEverySession(t *testing.T) {
	if !inNetwork(t) {
		return
	}
	const port = "4080"
	p := server(t, environment(), newFolder(t), "--listen", "0.0.0.0:"+port)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	p.start()
	customers, agents := p.plug("customers", 1), p.plug("agents", 2)
	p.base = "http://" + net.JoinHostPort(customers.there, port)
	p.untilReady()

	f := floorOn(p, 6)
	desks := "http://" + net.JoinHostPort(agents.there, port)
	h := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}
	var all []*listener
	for i := range 2 * len(f.agents) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		l, err := f.listen(ctx, desks, i%len(f.agents), h)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.c.Close() })
		all = append(all, l)
	}
	whiles := []time.Duration{300 * time.Millisecond, 2 * time.Second}
	if long := length(t, "PRONTO_PARTITION", 0); long > 0 {
		whiles = append(whiles, long)
	}
	for _, while := range whiles {
		for _, end := range []string{agents.near, agents.far} {
			before := stormed(all)
			agents.set(end, "down")
			mended := time.After(while)
			for n := range 60 {
				f.write(n % len(f.agents))
			}
			<-mended
			agents.set(end, "up")
			began := time.Now()
			f.check(all)
			now := stormed(all)
			t.Logf("%s down for %v: every session knows everything %v later; %d resumed, %d anew",
				end, while, time.Since(began).Round(time.Millisecond), now.resumes-before.resumes, now.snapshots-before.snapshots)
		}
	}
}
