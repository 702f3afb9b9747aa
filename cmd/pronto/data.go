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

// use opens the store without any server on it, and closes it again.
func (f dataFlags) use(fn func(*storage.DB) error) error { return using(app.OpenStore, f.Data, fn) }

func using(open func(dir string) (*storage.DB, error), dir string, fn func(*storage.DB) error) error {
	db, err := open(dir)
	if err != nil {
		return err
	}
	return errors.Join(fn(db), db.Close())
}

type doctorCommand struct {
	dataFlags
	Files       bool                 `help:"Read every byte of every attachment too, and compare it with the file's hash."`
	Attachments app.AttachmentConfig `embed:"" prefix:"attachments-" envprefix:"PRONTO_ATTACHMENTS_"`
}

// Run reports what it finds; anything wrong is an error.
func (c doctorCommand) Run(w world) error {
	d, err := app.Doctor(w.ctx, c.Data, c.Attachments, c.Files)
	if err != nil {
		return err
	}
	return printDiagnosis(w, d)
}

// shardCommand moves shards between data folders.
type shardCommand struct {
	Export shardExport `cmd:"" help:"Write one shard of a data folder to standard output. The server must not run."`
	Import shardImport `cmd:"" help:"Read one shard from standard input into a data folder in which it is empty."`
}

type shardExport struct {
	dataFlags
	Shard uint8 `arg:"" help:"Shard, 0 to 15."`
}

// Run writes the shard's records and rows.
func (c shardExport) Run(w world) error {
	return c.use(func(db *storage.DB) error { return db.Export(w.ctx, storage.Shard(c.Shard), w.out) })
}

type shardImport struct{ dataFlags }

// Run checks everything before the shard is usable.
func (c shardImport) Run(w world) error {
	return using(app.MakeStore, c.Data, func(db *storage.DB) error {
		shard, err := db.Import(w.ctx, w.stdin)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w.out, "shard %d imported\n", shard)
		return err
	})
}
