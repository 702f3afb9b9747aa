package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"pronto/bench"
	"pronto/internal/app"
	"pronto/storage"
)

// benchScale measures a server over ever more open conversations.
type benchScale struct {
	Open   []int  `help:"Numbers of open conversations, growing." default:"10000,100000,1000000"`
	Active int    `help:"The most of them that agents have; a tenth where that is less." default:"10000"`
	Queues int    `help:"Queues." default:"10"`
	Freed  int    `help:"How often an agent's next offer is timed." default:"600"`
	Touch  int    `help:"Conversations that have a message each before memory is measured again; nine tenths where that is less." default:"10000"`
	Doctor int    `help:"The most open conversations with which the doctor looks through the folder." default:"10000"`
	JSON   string `help:"Also write everything as JSON to this file." placeholder:"FILE" name:"json"`
}

func (c benchScale) check() error {
	last := 0
	for _, n := range c.Open {
		if n <= last || n < 10 {
			return fmt.Errorf("open: %d: numbers of 10 or more, growing", n)
		}
		last = n
	}
	if len(c.Open) == 0 || c.Active < 1 || c.Queues < 1 || c.Freed < 1 || c.Touch < 1 {
		return errors.New("open, active, queues, freed and touch: at least 1")
	}
	return nil
}

// scaling is one run of it.
type scaling struct {
	benchScale
	child *childServer
	live  *live
	line  bench.Line
	stock app.Stock
	empty int64 // bytes of the folder without conversations
	log   world
}

// Run fills, measures, fills on.
func (c benchScale) Run(w world) error {
	if err := c.check(); err != nil {
		return err
	}
	child, err := startOwn(w.ctx)
	if err != nil {
		return err
	}
	defer child.remove()
	report := &bench.Scale{StartedAt: time.Now().UTC(), Queues: c.Queues}
	if report.Environment, err = bench.Observe(version, commit, child.root); err != nil {
		return err
	}
	s := &scaling{benchScale: c, child: child, live: newLive(w.err), log: w}
	if err := s.found(w.ctx); err != nil {
		return err
	}
	for _, n := range c.Open {
		var step bench.ScaleStep
		if step, err = s.step(w.ctx, n); err != nil {
			err = fmt.Errorf("%d open conversations: %w", n, err)
		}
		if err == nil || step.RSSTouched > 0 { // filling took minutes: what was measured counts without the last start too
			report.Steps = append(report.Steps, step)
		}
		if err != nil {
			break
		}
	}
	s.live.end()
	return errors.Join(err, report.Text(w.out), writeFile(c.JSON, report.Write))
}

// found makes the organisation and the one agent who works.
func (s *scaling) found(ctx context.Context) error {
	if err := s.child.stop(); err != nil {
		return err
	}
	if err := s.fill(ctx, 0, 0); err != nil {
		return err
	}
	if err := s.child.start(ctx); err != nil {
		return err
	}
	s.line = bench.Line{Queues: s.stock.Queues, Channel: s.stock.Channel, Reason: s.stock.Reason}
	s.target()
	if err := s.line.HireTaker(ctx); err != nil {
		return err
	}
	if err := s.child.stop(); err != nil {
		return err
	}
	var err error
	s.empty, _, err = folderSize(s.child.data())
	return err
}

// target is the server as it runs now.
func (s *scaling) target() { s.line.Target = bench.Target{URL: s.child.url, Token: s.child.token} }

func (s *scaling) fill(ctx context.Context, open, active int) error {
	cfg := app.Config{Data: s.child.data()}
	return s.stock.Fill(ctx, cfg, newLog(s.log.err, app.Config{LogLevel: "warn"}), app.Filling{
		Queues: s.Queues, Open: open, Active: active, Message: bench.LineMessage,
		Opened: func(n int) { s.phase("%d conversations", n) },
	})
}

func (s *scaling) phase(format string, args ...any) {
	s.live.show(bench.Progress{Phase: fmt.Sprintf(format, args...)})
}

// step measures with n open conversations. The server does not run before and after.
func (s *scaling) step(ctx context.Context, n int) (x bench.ScaleStep, err error) {
	x.Open, x.Active = n, min(s.Active, n/10)
	s.phase("filling up to %d", n)
	before, began := s.stock.Open, time.Now()
	if err := s.fill(ctx, n, x.Active); err != nil {
		return x, err
	}
	x.FillRate = float64(n-before) / time.Since(began).Seconds()
	size, logs, err := folderSize(s.child.data())
	if err != nil {
		return x, err
	}
	x.Stored, x.Logs = float64(size-s.empty)/float64(n), logs
	if n <= s.Doctor {
		if err := s.examine(ctx); err != nil {
			return x, err
		}
		x.Checked = true
	}
	if err := s.work(ctx, &x); err != nil {
		return x, err
	}
	s.phase("killing and starting again")
	if err := s.child.kill(); err != nil {
		return x, err
	}
	taker, err := s.start(ctx, &x.Killed)
	if err != nil {
		return x, err
	}
	return x, errors.Join(taker.Leave(ctx), s.child.stop())
}

// examine fails unless the doctor finds nothing in the folder.
func (s *scaling) examine(ctx context.Context) error {
	s.phase("asking the doctor")
	return dataFlags{Data: s.child.data()}.use(func(db *storage.DB) error {
		d, err := app.Diagnose(ctx, db)
		if err == nil && len(d.Findings) > 0 {
			err = fmt.Errorf("the doctor has %d findings, such as: %s", len(d.Findings), d.Findings[0].Problem)
		}
		return err
	})
}

// work starts the server and measures it until it has memory of touched conversations.
func (s *scaling) work(ctx context.Context, x *bench.ScaleStep) error {
	s.phase("starting")
	taker, err := s.start(ctx, &x.Start)
	if err != nil {
		return err
	}
	if x.RSSFirst, err = s.resident(ctx); err != nil {
		return err
	}
	s.phase("one agent takes %d", s.Freed)
	if x.Freed, err = taker.Next(ctx, s.Freed); err != nil {
		return err
	}
	if err := taker.Leave(ctx); err != nil {
		return err
	}
	x.Touched = min(s.Touch, x.Open*9/10)
	s.phase("%d customers write", x.Touched)
	began := time.Now()
	if err := s.line.Touch(ctx, x.Open, x.Touched, x.Open); err != nil {
		return err
	}
	x.TouchRate = float64(x.Touched) / time.Since(began).Seconds()
	x.RSSTouched, err = s.resident(ctx)
	return err
}

// start times a start and the first offer after it.
func (s *scaling) start(ctx context.Context, x *bench.Start) (*bench.Taker, error) {
	began := time.Now()
	if err := s.child.run(ctx); err != nil {
		return nil, err
	}
	x.Ready = time.Since(began).Seconds()
	counters, err := s.child.counters()
	if err != nil {
		return nil, err
	}
	x.RSS = counters.RSS
	if err := s.child.signIn(ctx); err != nil {
		return nil, err
	}
	s.target()
	taker, offer, err := s.line.FirstOffer(ctx)
	x.Offer = float64(offer.Microseconds()) / 1000
	return taker, err
}

const scaleSettle = 3 * time.Second // for garbage to be collected and returned

func (s *scaling) resident(ctx context.Context) (int64, error) {
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(scaleSettle):
	}
	c, err := s.child.counters()
	return c.RSS, err
}

// folderSize is what the files below a folder hold, and the store's logs of changes among them.
func folderSize(dir string) (size, logs int64, err error) {
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		size += info.Size()
		if filepath.Ext(name) == ".log" {
			logs += info.Size()
		}
		return nil
	})
	if err != nil {
		return 0, 0, fmt.Errorf("measure folder: %w", err)
	}
	return size, logs, nil
}
