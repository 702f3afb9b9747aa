package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"pronto/actors"
	"pronto/docs/api"
	"pronto/internal/access"
	"pronto/internal/outbound"
	"pronto/storage"
	"pronto/transport"
)

// ErrStorage: the disk failed, and serving ended to keep what is durable true.
var ErrStorage = errors.New("storage failed")

// App is one server as a value: opened, served, closed.
type App struct {
	cfg      Config
	log      zerolog.Logger
	db       *storage.DB
	catalog  *catalog
	system   *actors.System
	accounts *access.Accounts
	server   *transport.Server
	http     *http.Server
	profiles *http.Server // nil: none
	failed   chan error   // the store became unavailable
	stop     context.CancelFunc
	chores   chan struct{} // closed when the chores ended
}

// Open opens the data folder, which it makes when there is none, and wakes what waits in it. Nothing listens yet.
func Open(cfg Config, log zerolog.Logger) (*App, error) {
	a := &App{cfg: cfg, log: log, failed: make(chan error, 1), chores: make(chan struct{})}
	if err := a.openStore(); err != nil {
		return nil, err
	}
	if err := a.assemble(); err != nil {
		return nil, errors.Join(err, a.db.Close())
	}
	if err := a.system.Start(); err != nil {
		return nil, errors.Join(err, a.db.Close())
	}
	if err := a.serveProfiles(cfg.Profile); err != nil {
		return nil, errors.Join(err, a.db.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.stop = cancel
	go a.keepHouse(ctx)
	return a, nil
}

func (a *App) openStore() error {
	if err := makeFolder(a.cfg.Data); err != nil {
		return err
	}
	db, err := storage.Open(storage.Options{
		Dir: a.cfg.Data, Log: storeLog{a.log}, MinFreeBytes: a.cfg.MinFreeBytes, MinFreePercent: a.cfg.MinFreePercent,
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
	client, err := outboundClient(a.cfg.AllowedNetworks)
	if err != nil {
		return err
	}
	a.system, err = actors.New(actors.Options{
		Store: store{a.db}, Catalog: a.catalog, Driver: &drivers{catalog: a.catalog, client: client, now: time.Now, db: a.db}, Share: share, NewID: newID, Log: a.log, Idle: a.cfg.Idle,
	})
	if err != nil {
		return err
	}
	now := a.system.Now
	a.accounts = access.New(access.Options{
		Store: credentialStore{a.db, now}, People: a.catalog, Now: now, OnRevoke: a.revoked,
	})
	people := &contacts{db: a.db, system: a.system, now: now}
	in := &inbound{catalog: a.catalog, contacts: people, system: a.system, protocols: &protocols{last: a.db.LastProtocol}, db: a.db}
	e := &edge{system: a.system}
	a.server = transport.New(transport.Options{
		Accounts: accounts{a.accounts}, Tokens: tokens{a.accounts}, Gate: gate{},
		Documents:     &documents{db: a.db, catalog: a.catalog, system: a.system, now: now},
		Answers:       answers{a.db, now},
		Dispatch:      do{a.system},
		Conversations: &conversations{db: a.db, catalog: a.catalog},
		Contacts:      people, Inbound: in, WhatsApp: webhooks{in}, Catalog: a.catalog,
		Directory: directory{a.catalog, a.system}, Edge: e, IDs: newID,
		Log: a.log, Now: now, Metrics: a.metrics(), Ready: a.ready, Docs: api.Files,
		AllowedOrigins: a.cfg.AllowedOrigins, PlainCookies: a.cfg.PlainCookies,
	})
	e.server = a.server
	a.registerSetup()
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
	<-a.chores
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
	return errors.Join(err, a.db.Close())
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

// sweepEvery is how often what is only kept for a time is looked through.
const sweepEvery = 6 * time.Hour

// keepHouse does what is done now and then: last uses of credentials, retention.
func (a *App) keepHouse(ctx context.Context) {
	defer close(a.chores)
	uses, sweep := time.NewTicker(access.SeenInterval), time.NewTicker(sweepEvery)
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
			_, err = a.db.Sweep(ctx, a.system.Now())
		}
		if err != nil && ctx.Err() == nil {
			a.log.Error().Err(err).Msg("housekeeping")
		}
	}
}

func outboundClient(allowed []string) (*http.Client, error) {
	o, err := outbound.ParseAllow(allowed)
	if err != nil {
		return nil, fmt.Errorf("allowed networks: %w", err)
	}
	return outbound.NewClient(o), nil
}

// storeLog is the store's log as lines of ours.
type storeLog struct{ zerolog.Logger }

func (l storeLog) Infof(format string, args ...any)  { l.Debug().Msgf(format, args...) }
func (l storeLog) Errorf(format string, args ...any) { l.Error().Msgf(format, args...) }
