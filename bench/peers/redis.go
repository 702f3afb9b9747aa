package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

// Scripts of the steps; each is one atomic write to the append-only file. Keys: waiting (sorted by number), agents (sorted
// by load), c:ID (a conversation), m:ID (its messages).
var (
	redisCreate = redis.NewScript(`local id = redis.call('INCR', 'last')
redis.call('HSET', 'c:' .. id, 'state', 'queued', 'contact', ARGV[1], 'opened', ARGV[3])
redis.call('RPUSH', 'm:' .. id, 'contact ' .. ARGV[2])
redis.call('ZADD', 'waiting', id, id)
return id`)
	redisOffer = redis.NewScript(`local w = redis.call('ZRANGE', 'waiting', 0, 0)
if #w == 0 then return false end
local refused = redis.call('HGET', 'c:' .. w[1], 'refused')
local list = redis.call('ZRANGE', 'agents', 0, 1, 'WITHSCORES')
local at = 1
if list[1] == refused then at = 3 end
if not list[at] or tonumber(list[at + 1]) >= 4 then return false end
redis.call('ZREM', 'waiting', w[1])
redis.call('ZINCRBY', 'agents', 1, list[at])
redis.call('HSET', 'c:' .. w[1], 'state', 'offered', 'agent', list[at])
return {w[1], list[at]}`)
	redisDecline = redis.NewScript(`local c = 'c:' .. ARGV[1]
if redis.call('HGET', c, 'state') ~= 'offered' or redis.call('HGET', c, 'agent') ~= ARGV[2] then return 0 end
redis.call('HSET', c, 'state', 'queued', 'agent', '', 'refused', ARGV[2])
redis.call('ZINCRBY', 'agents', -1, ARGV[2])
redis.call('ZADD', 'waiting', ARGV[1], ARGV[1])
return 1`)
	redisAccept = redis.NewScript(`local c = 'c:' .. ARGV[1]
if redis.call('HGET', c, 'state') ~= 'offered' or redis.call('HGET', c, 'agent') ~= ARGV[2] then return 0 end
redis.call('HSET', c, 'state', 'active')
return 1`)
	redisMessage = redis.NewScript(`if redis.call('HGET', 'c:' .. ARGV[1], 'state') ~= 'active' then return 0 end
redis.call('RPUSH', 'm:' .. ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
return 1`)
	redisEnd = redis.NewScript(`local c = 'c:' .. ARGV[1]
if redis.call('HGET', c, 'state') ~= 'active' or redis.call('HGET', c, 'agent') ~= ARGV[2] then return 0 end
redis.call('HSET', c, 'state', 'closed', 'closed', ARGV[3], 'reason', 'bench')
redis.call('ZINCRBY', 'agents', -1, ARGV[2])
return 1`)
)

// redisStore does cycles with Lua scripts and an append-only file that is synced before each answer.
type redisStore struct {
	dir    string
	server *process
	c      *redis.Client
}

func startRedis(ctx context.Context, workers int) (_ *redisStore, err error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("install the Debian package redis-server: %w", err)
	}
	dir, err := os.MkdirTemp("", "pronto-peers-redis-")
	if err != nil {
		return nil, err
	}
	r := &redisStore{dir: dir}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	socket := filepath.Join(dir, "s")
	cmd := exec.Command(program, "--port", "0", "--unixsocket", socket, "--dir", dir, "--appendonly", "yes", "--appendfsync", "always", "--save", "")
	if r.server, err = start(cmd); err != nil {
		return nil, err
	}
	r.c = redis.NewClient(&redis.Options{Network: "unix", Addr: socket, PoolSize: workers, MinIdleConns: workers})
	if err = until(startTime, func() error { return r.c.Ping(ctx).Err() }); err != nil {
		return nil, fmt.Errorf("reach redis: %w", err)
	}
	for i := range agents {
		if err = r.c.ZAdd(ctx, "agents", redis.Z{Member: i + 1}).Err(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *redisStore) name() string                { return "Redis, Lua" }
func (r *redisStore) durability() string          { return "appendfsync always" }
func (r *redisStore) cpu() (time.Duration, error) { return r.server.cpu() }

func (r *redisStore) close() {
	if r.c != nil {
		_ = r.c.Close()
	}
	if r.server != nil {
		r.server.stop(syscall.SIGTERM)
	}
	_ = os.RemoveAll(r.dir)
}

func now() string { return strconv.FormatInt(time.Now().UnixMilli(), 10) }

func (r *redisStore) create(ctx context.Context, contact string) error {
	return redisCreate.Run(ctx, r.c, nil, contact, inText, now()).Err()
}

func (r *redisStore) offer(ctx context.Context) (conversation, agent int64, err error) {
	pair, err := redisOffer.Run(ctx, r.c, nil).Int64Slice()
	switch {
	case err == redis.Nil: //nolint:errorlint // the library returns it as it is
		return 0, 0, errNothing
	case err != nil:
		return 0, 0, err
	case len(pair) != 2:
		return 0, 0, fmt.Errorf("redis answered %v", pair)
	}
	return pair[0], pair[1], nil
}

func (r *redisStore) decline(ctx context.Context, conversation, agent int64) error {
	return r.one(ctx, redisDecline, conversation, agent)
}

func (r *redisStore) accept(ctx context.Context, conversation, agent int64) error {
	return r.one(ctx, redisAccept, conversation, agent)
}

func (r *redisStore) message(ctx context.Context, conversation int64, author, text string) error {
	return r.one(ctx, redisMessage, conversation, author, text)
}

func (r *redisStore) end(ctx context.Context, conversation, agent int64) error {
	return r.one(ctx, redisEnd, conversation, agent, now())
}

// one runs a script that answers 1 when it did what it should.
func (r *redisStore) one(ctx context.Context, s *redis.Script, args ...any) error {
	n, err := s.Run(ctx, r.c, nil, args...).Int()
	if err == nil && n != 1 {
		err = fmt.Errorf("redis refused a step of %v", args)
	}
	return err
}

func (r *redisStore) check(ctx context.Context, want totals) error {
	var got totals
	last, err := r.c.Get(ctx, "last").Int64()
	if err != nil {
		return err
	}
	for id := int64(1); id <= last; id++ {
		key := strconv.FormatInt(id, 10)
		state, err := r.c.HGet(ctx, "c:"+key, "state").Result()
		if err != nil {
			return err
		}
		if state == "closed" {
			got.closed++
		}
		n, err := r.c.LLen(ctx, "m:"+key).Result()
		if err != nil {
			return err
		}
		got.messages += n
	}
	loads, err := r.c.ZRangeWithScores(ctx, "agents", 0, -1).Result()
	if err != nil {
		return err
	}
	for _, z := range loads {
		got.load += int64(z.Score)
	}
	if got != want {
		return fmt.Errorf("redis has %+v, acknowledged were %+v", got, want)
	}
	return nil
}
