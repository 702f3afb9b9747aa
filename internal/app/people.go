package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"pronto/internal/access"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// ErrNotEmpty: the data folder already has an administrator.
var ErrNotEmpty = errors.New("the data folder already has an administrator")

// makeFolder makes the data folder for this user alone.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	return nil
}

// HasAdministrator reports whether anybody can administer this server.
func (a *App) HasAdministrator() bool {
	for _, agent := range a.catalog.now.Load().agents {
		if agent.Role == "admin" && !agent.Disabled {
			return true
		}
	}
	return false
}

// CreateAdministrator makes the first administrator of an empty data folder; ErrNotEmpty when there is one.
func (a *App) CreateAdministrator(ctx context.Context, name, login, password string) error {
	if a.HasAdministrator() {
		return ErrNotEmpty
	}
	_, err := a.CreateAgent(ctx, protocol.Agent{Name: name, Login: login, Role: "admin", Password: password})
	return err
}

// CreateAgent makes an agent as the API would, and sets the password if there is one. Problems with what was given are a
// *transport.Refusal.
func (a *App) CreateAgent(ctx context.Context, agent protocol.Agent) (protocol.Agent, error) {
	password := agent.Password
	agent.Password = ""
	if password != "" {
		if err := access.CheckPassword(password); err != nil {
			return agent, accountRefusal(err)
		}
	}
	if agent.Capacity == 0 {
		protocol.SetDefaults(&agent)
	}
	agent.HardCapacity = max(agent.HardCapacity, agent.Capacity)
	if problems := protocol.Check(agent); len(problems) > 0 {
		return agent, &transport.Refusal{Code: protocol.CodeBadRequest, Fields: problems}
	}
	agent.ID = newID("agt", 0)
	unique := []transport.Unique{{Key: "agent_login", Value: plainLogin(agent.Login), Pointer: "/login"}}
	if err := a.putDocument(ctx, transport.KindAgent, agent.ID, &agent, unique); err != nil {
		return agent, err
	}
	if password == "" {
		return agent, nil
	}
	return agent, accounts{a.accounts, a.catalog, a.audit}.SetPassword(ctx, agentID(agent), password)
}

// documents is the way in which configuration is written, by people and by tools alike.
func (a *App) documents() *documents {
	return &documents{db: a.db, audit: a.audit, catalog: a.catalog, system: a.system, receivers: a.receivers, now: a.system.Now}
}

func (a *App) putDocument(ctx context.Context, kind, id string, v any, unique []transport.Unique) error {
	protocol.FillLists(v)
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", id, err)
	}
	d := a.documents()
	_, err = d.Put(ctx, transport.Change{Document: transport.Document{Kind: kind, ID: id, Body: body}, Unique: unique})
	return err
}

// OpenStore opens the store of a data folder without a server on it, for tools. Any other folder is refused, and left as it is.
func OpenStore(dir string) (*storage.DB, error) { return openStore(dir, true) }

// MakeStore is OpenStore, and makes a store in a folder that has none.
func MakeStore(dir string) (*storage.DB, error) { return openStore(dir, false) }

func openStore(dir string, existing bool) (*storage.DB, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	cache, memtable := storeMemory(MemoryBudget())
	return storage.Open(storage.Options{Dir: dir, Existing: existing, Who: "pronto tool", Words: documentWords, CacheBytes: cache, MemTableBytes: memtable})
}
