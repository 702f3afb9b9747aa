package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const schema = `
CREATE TABLE agents (id int PRIMARY KEY, load int NOT NULL DEFAULT 0, capacity int NOT NULL, offered_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE conversations (id bigserial PRIMARY KEY, state text NOT NULL, contact text NOT NULL, agent int, refused_by int, last_seq int NOT NULL DEFAULT 0,
	opened_at timestamptz NOT NULL DEFAULT now(), closed_at timestamptz, reason text);
CREATE INDEX waiting ON conversations (id) WHERE state = 'queued';
CREATE TABLE messages (conversation bigint NOT NULL, seq int NOT NULL, author text NOT NULL, body text NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (conversation, seq));`

// postgres does cycles as a helpdesk would on a database: a transaction for each step, FOR UPDATE SKIP LOCKED for the
// queue and the agent, synchronous_commit on.
type postgres struct {
	dir    string
	server *process
	pool   *pgxpool.Pool
}

const startTime = time.Minute // of a server on a busy machine

func startPostgres(ctx context.Context, workers int) (_ *postgres, err error) {
	bin, err := newest("/usr/lib/postgresql/*/bin")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pronto-peers-postgres-")
	if err != nil {
		return nil, err
	}
	p := &postgres{dir: dir}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	data := filepath.Join(dir, "data")
	init := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "--pgdata", data, "--username", "peers", "--auth", "trust", "--no-locale", "--encoding", "UTF8")
	if err := asUser(init, "postgres", dir); err != nil {
		return nil, err
	}
	if out, err := init.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	cmd := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "synchronous_commit=on", "-c", "fsync=on",
		"-c", fmt.Sprint("max_connections=", workers+10), "-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB", "-c", "logging_collector=off")
	if err := asUser(cmd, "postgres", dir); err != nil {
		return nil, err
	}
	if p.server, err = start(cmd); err != nil {
		return nil, err
	}
	cfg, err := pgxpool.ParseConfig(fmt.Sprintf("host=%s user=peers dbname=postgres pool_max_conns=%d pool_min_conns=%d", dir, workers, workers))
	if err != nil {
		return nil, err
	}
	if p.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, err
	}
	if err = until(startTime, func() error { return p.pool.Ping(ctx) }); err != nil {
		return nil, fmt.Errorf("reach postgres: %w", err)
	}
	if _, err = p.pool.Exec(ctx, schema); err != nil {
		return nil, fmt.Errorf("make schema: %w", err)
	}
	_, err = p.pool.Exec(ctx, "INSERT INTO agents (id, capacity) SELECT i, 4 FROM generate_series(1, $1) i", agents)
	return p, err
}

// newest is the last of the folders that fit.
func newest(pattern string) (string, error) {
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		return "", errors.Join(err, fmt.Errorf("there is no %s: install the Debian package postgresql", pattern))
	}
	return found[len(found)-1], nil
}

func (p *postgres) name() string                { return "PostgreSQL, SKIP LOCKED" }
func (p *postgres) durability() string          { return "synchronous_commit on" }
func (p *postgres) cpu() (time.Duration, error) { return p.server.cpu() }

func (p *postgres) close() {
	if p.pool != nil {
		p.pool.Close()
	}
	if p.server != nil {
		p.server.stop(syscall.SIGINT) // fast: what runs is rolled back
	}
	_ = os.RemoveAll(p.dir)
}

func (p *postgres) create(ctx context.Context, contact string) error {
	_, err := p.pool.Exec(ctx, `WITH c AS (INSERT INTO conversations (state, contact, last_seq) VALUES ('queued', $1, 1) RETURNING id)
		INSERT INTO messages (conversation, seq, author, body) SELECT id, 1, 'contact', $2 FROM c`, contact, inText)
	return err
}

// offer takes the oldest that waits and the agent with the most room, both locked, and joins them.
func (p *postgres) offer(ctx context.Context) (conversation, agent int64, err error) {
	err = pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		var refused *int64
		err := tx.QueryRow(ctx, `SELECT id, refused_by FROM conversations WHERE state = 'queued' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`).Scan(&conversation, &refused)
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `UPDATE agents SET load = load + 1, offered_at = now() WHERE id = (SELECT id FROM agents
			WHERE load < capacity AND id IS DISTINCT FROM $1 ORDER BY load, offered_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id`, refused).Scan(&agent)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE conversations SET state = 'offered', agent = $2 WHERE id = $1`, conversation, agent)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = errNothing
	}
	return conversation, agent, err
}

func (p *postgres) decline(ctx context.Context, conversation, agent int64) error {
	return p.one(ctx, `WITH c AS (UPDATE conversations SET state = 'queued', agent = NULL, refused_by = $2 WHERE id = $1 AND state = 'offered' AND agent = $2 RETURNING id)
		UPDATE agents SET load = load - 1 WHERE id = $2 AND EXISTS (SELECT 1 FROM c)`, conversation, agent)
}

func (p *postgres) accept(ctx context.Context, conversation, agent int64) error {
	return p.one(ctx, `UPDATE conversations SET state = 'active' WHERE id = $1 AND state = 'offered' AND agent = $2`, conversation, agent)
}

func (p *postgres) message(ctx context.Context, conversation int64, author, text string) error {
	return p.one(ctx, `WITH c AS (UPDATE conversations SET last_seq = last_seq + 1 WHERE id = $1 AND state = 'active' RETURNING last_seq)
		INSERT INTO messages (conversation, seq, author, body) SELECT $1, last_seq, $2, $3 FROM c`, conversation, author, text)
}

func (p *postgres) end(ctx context.Context, conversation, agent int64) error {
	return p.one(ctx, `WITH c AS (UPDATE conversations SET state = 'closed', closed_at = now(), reason = 'bench' WHERE id = $1 AND state = 'active' AND agent = $2 RETURNING id)
		UPDATE agents SET load = load - 1 WHERE id = $2 AND EXISTS (SELECT 1 FROM c)`, conversation, agent)
}

// one carries out a statement that must change one row.
func (p *postgres) one(ctx context.Context, sql string, args ...any) error {
	tag, err := p.pool.Exec(ctx, sql, args...)
	if err == nil && tag.RowsAffected() != 1 {
		err = fmt.Errorf("%d rows changed by %.40q", tag.RowsAffected(), sql)
	}
	return err
}

// check compares what is stored with what the driver counted.
func (p *postgres) check(ctx context.Context, want totals) error {
	var got totals
	err := p.pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM conversations WHERE state = 'closed'), (SELECT count(*) FROM messages), (SELECT coalesce(sum(load), 0) FROM agents)`).
		Scan(&got.closed, &got.messages, &got.load)
	if err == nil && got != want {
		err = fmt.Errorf("postgres has %+v, acknowledged were %+v", got, want)
	}
	return err
}
