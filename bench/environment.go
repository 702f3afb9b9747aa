package bench

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Environment is what a run's figures depend on besides the scenario. It names no host and no user.
type Environment struct {
	Version    string  `json:"version"` // of the server
	Commit     string  `json:"commit"`  // of the generator's source; with "+" when it was changed; empty: built without
	Go         string  `json:"go"`
	OS         string  `json:"os"` // as linux/amd64
	CPU        string  `json:"cpu"`
	Cores      int     `json:"cores"`
	FileSystem string  `json:"file_system,omitempty"`       // of the data folder; like the next only where it is on this machine
	SyncRate   float64 `json:"fsyncs_per_second,omitempty"` // of one writer of 4 KiB beside the data folder, nothing else running
	Load       float64 `json:"load_before"`                 // mean number of runnable threads in the minute before
	Remote     bool    `json:"remote"`                      // the server was started by somebody else
}

// String is one line for people.
func (e Environment) String() string {
	s := fmt.Sprintf("%s, %d cores, load %.1f before, %s, version %s", e.OS, e.Cores, e.Load, e.Go, e.Version)
	if e.Commit != "" {
		s += " (" + e.Commit + ")"
	}
	if e.SyncRate > 0 {
		s += fmt.Sprintf(", %s with %.0f fsyncs/s", e.FileSystem, e.SyncRate)
	}
	return s
}

// Observe describes this machine and the file system of dir; "" where the data is elsewhere. source is the commit, where
// the build told it; else what Go recorded counts.
func Observe(version, source, dir string) (Environment, error) {
	e := Environment{
		Version: version, Commit: cmp.Or(source, commit()), Go: runtime.Version(), OS: runtime.GOOS + "/" + runtime.GOARCH,
		CPU: processor(), Cores: runtime.NumCPU(), Load: loadAverage(), Remote: dir == "",
	}
	if dir == "" {
		return e, nil
	}
	var err error
	e.FileSystem = fileSystem(dir)
	e.SyncRate, err = SyncRate(dir)
	return e, err
}

func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	var revision, changed string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+"
		}
	}
	if revision == "" {
		return ""
	}
	return revision + changed
}

// processor is the model as Linux tells it, else "".
func processor() string {
	raw, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(raw)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func loadAverage() float64 {
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(raw), " ")
	load, _ := strconv.ParseFloat(first, 64)
	return load
}

// fileSystem is the type of the mount that dir is on, as Linux tells it, else "".
func fileSystem(dir string) string {
	raw, err := os.ReadFile("/proc/mounts")
	if err != nil {
		return ""
	}
	full, err := filepath.EvalSymlinks(dir)
	if err != nil {
		full = dir
	}
	return mountType(string(raw), full)
}

// mountType finds the last of the longest mount points that dir is below; later mounts hide earlier ones.
func mountType(mounts, dir string) string {
	best, kind := -1, ""
	for line := range strings.Lines(mounts) {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		point := strings.TrimSuffix(f[1], "/")
		if len(point) >= best && (dir == point || strings.HasPrefix(dir, point+"/")) {
			best, kind = len(point), f[2]
		}
	}
	return kind
}

const (
	syncBlock = 4096
	syncTime  = 500 * time.Millisecond
)

// SyncRate measures how often a second one writer can append 4 KiB to a file in dir and have it on disk.
func SyncRate(dir string) (rate float64, err error) {
	f, err := os.CreateTemp(dir, "fsync-*")
	if err != nil {
		return 0, fmt.Errorf("measure fsync: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	block := slices.Repeat([]byte{'x'}, syncBlock)
	began, n := time.Now(), 0
	for time.Since(began) < syncTime {
		if _, err := f.Write(block); err != nil {
			return 0, fmt.Errorf("measure fsync: %w", err)
		}
		if err := f.Sync(); err != nil {
			return 0, fmt.Errorf("measure fsync: %w", err)
		}
		n++
	}
	return float64(n) / time.Since(began).Seconds(), nil
}
