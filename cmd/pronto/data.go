package main

import (
	"errors"
	"fmt"

	"pronto/internal/app"
	"pronto/storage"
)

// dataFlags name a data folder that no server has open.
type dataFlags struct {
	Data string `help:"Data folder." default:"./pronto-data" env:"PRONTO_DATA" type:"path"`
}

// open opens the store without any server on it, and use closes it again.
func (f dataFlags) use(fn func(*storage.DB) error) error {
	db, err := app.OpenStore(f.Data)
	if err != nil {
		return err
	}
	return errors.Join(fn(db), db.Close())
}

type doctorCommand struct{ dataFlags }

// Run reports what it finds; anything wrong is an error.
func (c doctorCommand) Run(w world) error {
	return c.use(func(db *storage.DB) error {
		rep, err := db.Verify(w.ctx, nil)
		if err != nil {
			return err
		}
		fmt.Fprintf(w.out, "journal: %d records, %d events of %d entities, %d claims\n", rep.Records, rep.Events, rep.Entities, rep.Claims)
		states, err := db.VerifyStates(w.ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(w.out, "states: %d conversations folded from their records\n", states.Conversations)
		problems := append(rep.Problems, states.Problems...)
		for _, p := range problems {
			if _, err := fmt.Fprintln(w.out, "problem:", p); err != nil {
				return err
			}
		}
		if bad := rep.Bad + uint64(len(states.Problems)); bad > 0 {
			return fmt.Errorf("%d problems", bad)
		}
		_, err = fmt.Fprintln(w.out, "ok")
		return err
	})
}

type exportCommand struct {
	dataFlags
	Shard uint8 `arg:"" help:"Shard, 0 to 15."`
}

// Run writes the shard's records and rows.
func (c exportCommand) Run(w world) error {
	return c.use(func(db *storage.DB) error { return db.Export(w.ctx, storage.Shard(c.Shard), w.out) })
}

type importCommand struct{ dataFlags }

// Run checks everything before the shard is usable.
func (c importCommand) Run(w world) error {
	return c.use(func(db *storage.DB) error {
		shard, err := db.Import(w.ctx, w.stdin)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w.out, "shard %d imported\n", shard)
		return err
	})
}
