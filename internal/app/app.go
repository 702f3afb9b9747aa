package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"pronto/actors"
	"pronto/docs/api"
	"pronto/internal/access"
	"pronto/internal/attach"
	"pronto/internal/blob"
	"pronto/internal/failpoint"
	"pronto/internal/hooks"
	"pronto/internal/shed"
	"pronto/storage"
	"pronto/transport"
)

// ErrStorage: the disk failed, and serving ended to keep what is durable true.
var ErrStorage = errors.New("storage failed")

// App is one server as a value: opened, served, closed.
type App struct {
	cfg       Config
	log       zerolog.Logger
	db        *storage.DB
	catalog   *catalog
	audit     *audit
	counters  *counters
	line      *shed.Line
	system    *actors.System
	in        *inbound
	settingUp sync.Mutex // over the making of the first administrator
	bell      *hooks.Bell
	receivers *receivers
	staging   *blob.Staging
	blobs     blob.Store
	driver    *drivers
	files     *attach.Service
	accounts  *access.Accounts
	server    *transport.Server
	http      *http.Server
	profiles  *http.Server // nil: none
	failed    chan error   // the store became unavailable
	stop      context.CancelFunc
	working   sync.WaitGroup // chores that end with stop
}

// Open opens the data folder, which it makes when there is none, and wakes what waits in it. Nothing listens yet.
func Open(cfg Config, log zerolog.Logger) (*App, error) {
	if err := cfg.checkBenchToken(); err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, log: log, failed: make(chan error, 1), bell: hooks.NewBell()}
	if err := a.openStore(); err != nil {
		return nil, err
	}
	if err := a.assemble(); err != nil {
		return nil, errors.Join(err, a.db.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.stop = cancel
	if cfg.Tool {
		return a, nil
	}
	err := a.system.Start()
	if err == nil {
		err = a.serveProfiles(cfg.Profile) // last: nobody would close its listener
	}
	if err != nil {
		cancel()
		return nil, errors.Join(err, a.db.Close())
	}
	a.working.Go(func() { a.keepHouse(ctx) })
	a.working.Go(func() { a.buildSearch(ctx) })
	a.working.Go(func() { a.files.Run(ctx) })
	a.working.Go(func() { a.receivers.service.Run(ctx) })
	return a, nil
}

func (a *App) openStore() error {
	if err := makeFolder(a.cfg.Data); err != nil {
		return err
	}
	cache, memtable := storeMemory(MemoryBudget())
	db, err := storage.Open(storage.Options{
		CacheBytes: cache, MemTableBytes: memtable,
		Now: failpoint.Now, Dir: a.cfg.Data, Existing: a.cfg.Existing, Log: storeLog{a.log}, Words: documentWords, MinFreeBytes: a.cfg.MinFreeBytes, MinFreePercent: a.cfg.MinFreePercent, Landed: a.bell.Ring,
		Failed: func(reason error) {
			select {
			case a.failed <- reason:
			default:
			}
		},
	})
	if err != nil {
		return err
	}
	a.db = db
	return nil
}

// assemble plugs the parts together.
func (a *App) assemble() error {
	var err error
	if a.catalog, err = loadCatalog(a.db); err != nil {
		return err
	}
	zone, err := zoneOf(a.cfg.TimeZone)
	if err != nil {
		return fmt.Errorf("time zone: %w", err)
	}
	if a.driver, err = newDrivers(a.cfg.AllowedNetworks, a.catalog, a.db); err != nil {
		return err
	}
	a.line = shed.New(a.cfg.line())
	in := &inbound{line: a.line, catalog: a.catalog, protocols: &protocols{last: a.db.LastProtocol}, db: a.db}
	a.in, a.counters = in, newCounters(a.catalog)
	a.system, err = actors.New(actors.Options{
		Now: failpoint.Now, Visitors: visitors{in},
		Store: store{a.db, a.counters}, Catalog: a.catalog, Driver: a.driver, Share: share, NewID: newID, Log: a.log, Idle: a.cfg.Idle, Keep: a.cfg.kept(), Pressed: a.line.Pressed,
	})
	if err != nil {
		return err
	}
	now := a.system.Now
	a.catalog.clock = now
	a.audit = &audit{db: a.db, now: now, log: a.log}
	a.accounts = access.New(access.Options{
		Store: credentialStore{a.db, now}, People: a.catalog, Now: now, OnRevoke: a.revoked,
	})
	if err := a.openFiles(); err != nil {
		return err
	}
	if a.receivers, err = a.newReceivers(a.driver.client); err != nil {
		return err
	}
	a.receivers.documents = a.documents()
	people := &contacts{db: a.db, system: a.system, catalog: a.catalog, audit: a.audit, now: now}
	in.contacts, in.system, in.files = people, a.system, a.files
	talks := &conversations{db: a.db, catalog: a.catalog, people: people}
	e := &edge{system: a.system, catalog: a.catalog}
	signIn := accounts{a.accounts, a.catalog, a.audit}
	a.server = transport.New(transport.Options{
		Accounts: signIn, PasswordLinks: passwordLinks{signIn}, Tokens: tokens{a.accounts, a.audit}, Gate: gate{}, Audit: a.audit, Operations: &operations{app: a},
		Documents:     a.documents(),
		Answers:       answers{a.db, now},
		Dispatch:      do{a.system},
		Conversations: talks, Search: search{talks}, Transcripts: newTranscripts(talks, people, zone),
		Contacts: people, Said: said{people}, Inbound: in, WhatsApp: webhooks{in}, ChannelTests: a.driver, Webhooks: a.receivers, Catalog: names{a.catalog, a.db},
		Attachments: attachments{files: a.files, db: a.db, catalog: a.catalog, conversations: talks, links: a.driver.links},
		Presence:    presence{a.db}, Directory: directory{a.catalog, a.system}, Announcements: announcements{a.catalog, a.system, a.db}, Edge: e, Visits: visits{e, a.catalog, people}, IDs: newID,
		Live: live{a.catalog, a.system, a.db},
		Log:  a.log, Now: now, Metrics: a.metrics(), Ready: a.ready, Durable: a.db.Settled, Docs: api.Files,
		AllowedOrigins: a.cfg.AllowedOrigins, PlainCookies: a.cfg.PlainCookies, Shed: a.line,
	})
	e.server = a.server
	a.registerSetup()
	a.registerDesk()
	a.permitBench()
	a.http = a.server.HTTPServer()
	return nil
}

// ready says why the server cannot take work.
func (a *App) ready() error { return a.db.Err() }

// revoked closes the sockets of what stopped working.
func (a *App) revoked(r access.Revocation) {
	agent, credential := r.Agent, r.Credential.String()
	if agent == "" {
		agent = r.Credential.Agent()
	}
	if agent != "" {
		a.system.Revoke(agent, func(c string) bool { return r.Agent != "" || c == credential })
	}
}

// Serve serves until ctx ends or the store fails, then stops within DrainTime. It returns nil after an orderly stop.
func (a *App) Serve(ctx context.Context, l net.Listener) error {
	served := make(chan error, 1)
	go func() { served <- a.http.Serve(l) }()
	select {
	case <-ctx.Done():
		return a.Close()
	case err := <-served:
		return errors.Join(fmt.Errorf("serve: %w", err), a.Close())
	case reason := <-a.failed:
		return fmt.Errorf("%w: %w", ErrStorage, reason) // nothing more can be made durable: end, and recover at the next start
	}
}

// Close drains: sessions are told and closed, requests end, actors stop, the store closes. A client that keeps its
// connection is cut off after DrainTime; that is no error, because whatever was acknowledged is durable.
func (a *App) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), a.cfg.DrainTime)
	defer cancel()
	a.stop()
	a.working.Wait()
	err := a.system.Stop(ctx)
	a.socketsClosed(ctx)
	if e := a.http.Shutdown(ctx); e != nil {
		a.log.Warn().Err(e).Msg("connections cut off")
		err = errors.Join(err, a.http.Close())
	}
	if e := a.accounts.Flush(context.Background()); e != nil {
		err = errors.Join(err, fmt.Errorf("save last uses: %w", e))
	}
	if a.profiles != nil {
		err = errors.Join(err, a.profiles.Close())
	}
	return errors.Join(err, a.staging.Close(), a.db.Close())
}

// lastFrames is how long a stop waits for clients to take their last frames and confirm the close.
const lastFrames = 2 * time.Second

// socketsClosed waits until the frames of the drain are out and every websocket is over, which Shutdown does not.
func (a *App) socketsClosed(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lastFrames)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for a.server.Sockets() > 0 && ctx.Err() == nil {
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// sweepEvery is how often what is only kept for a time is looked through; firstSweep is for servers that never run so long.
const sweepEvery, firstSweep = 6 * time.Hour, 10 * time.Minute

// keepHouse does what is done now and then: last uses of credentials, retention.
func (a *App) keepHouse(ctx context.Context) {
	uses, sweep := time.NewTicker(access.SeenInterval), time.NewTimer(firstSweep)
	defer uses.Stop()
	defer sweep.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-uses.C:
			err = a.accounts.Flush(ctx)
		case <-sweep.C:
			sweep.Reset(sweepEvery)
			_, err = a.db.Sweep(ctx, a.system.Now())
			err = errors.Join(err, a.sweepFiles(ctx), a.expireParked(ctx))
		}
		if err != nil && ctx.Err() == nil {
			a.log.Error().Err(err).Msg("housekeeping")
		}
	}
}

// buildSearch makes what an earlier release wrote known to the search, beside other work.
func (a *App) buildSearch(ctx context.Context) {
	built, err := a.db.SearchBuilt()
	if err == nil && !built {
		a.log.Info().Msg("messages are being indexed; until that is done a search may not find all")
		if err = a.db.BuildSearch(ctx); err == nil {
			a.log.Info().Msg("messages are indexed")
		}
	}
	if err != nil && ctx.Err() == nil {
		a.log.Error().Err(err).Msg("index of messages")
	}
	if built, err = a.db.WaitsBuilt(); err == nil && !built {
		err = a.db.BuildWaits(ctx)
	}
	if err != nil && ctx.Err() == nil {
		a.log.Error().Err(err).Msg("index of waits")
	}
}

// storeLog is the store's log as lines of ours.
type storeLog struct{ zerolog.Logger }

func (l storeLog) Infof(format string, args ...any)  { l.Debug().Msgf(format, args...) }
func (l storeLog) Errorf(format string, args ...any) { l.Error().Msgf(format, args...) }
