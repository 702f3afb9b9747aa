package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDoctorFindsFilesThatAreGoneShortOrChanged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := newOffice(t, dir)
	for _, name := range []string{"um", "dois", "três"} {
		o.upload(o.ana, name+".txt", []byte("conteúdo de "+name))
	}
	o.shut()
	look := func(read bool) Diagnosis {
		t.Helper()
		db, err := OpenStore(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var d Diagnosis
		if err := d.DiagnoseFiles(t.Context(), db, dir, AttachmentConfig{}, read); err != nil {
			t.Fatal(err)
		}
		return d
	}
	if d := look(true); len(d.Findings) != 0 || !strings.HasPrefix(d.Facts[0], "attachments: 3 with 3 files, ") || !strings.Contains(d.Facts[0], "; 0 files that none") {
		t.Fatalf("whole: %v", d)
	}
	files, err := filepath.Glob(filepath.Join(dir, attachmentsFolder, "??", "*"))
	if err != nil || len(files) != 3 {
		t.Fatalf("files %v, %v", files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	raw[0] ^= 1
	for _, step := range []error{
		os.Chmod(files[0], 0o600), os.WriteFile(files[0], raw, 0o600), // the same size
		os.Chmod(files[1], 0o600), os.Truncate(files[1], 3),
		os.Remove(files[2]),
		os.WriteFile(filepath.Join(filepath.Dir(files[0]), strings.Repeat("ab", 32)), nil, 0o600),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	for read, want := range map[bool][]string{false: {"has 3 bytes", "is not there"}, true: {"has other bytes", "has 3 bytes", "is not there"}} {
		d := look(read)
		all := ""
		for _, f := range d.Findings {
			all += f.Problem + "\n"
		}
		if len(d.Findings) != len(want) {
			t.Errorf("reading %t: %s", read, all)
		}
		for _, w := range want {
			if !strings.Contains(all, w) {
				t.Errorf("reading %t: %q is not in %s", read, w, all)
			}
		}
	}
}

// Damage that keeps the doctor from looking any further is told as a problem with its remedy, like any other.
func TestDoctorTellsWhatToDoAboutADamagedStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := newOffice(t, dir)
	o.inbound(o.channel, "1", phoneOf(0), "oi")
	o.shut()
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("tables %v, %v", tables, err)
	}
	for _, name := range tables {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(raw) / 2 { // the blocks of rows
			raw[i] ^= 1
		}
		if err := os.WriteFile(name, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d, err := Doctor(t.Context(), dir, AttachmentConfig{}, false)
	if err != nil || len(d.Findings) == 0 || d.Findings[0].Remedy == "" {
		t.Errorf("%v, %v", d, err)
	}
}
