package blob

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"sync"
	"time"
)

// forgetful is a folder in memory that forgets at a crash what was not made durable: bytes that were not synced, and names
// in folders that were not. It can fail, or crash, at the n-th operation.
type forgetful struct {
	mu      sync.Mutex
	now     map[string]map[string]*node // folder → name → file, nil for a folder
	durable map[string]map[string]*node
	ops     int
	failAt  int // fails this operation once, from 1; 0: never
	crashAt int // fails this operation and all after it
	after   bool
}

type node struct {
	data, synced []byte
	modified     time.Time
}

var (
	errFault = errors.New("injected fault")
	errDead  = errors.New("crashed")
)

func newForgetful() *forgetful {
	return &forgetful{now: map[string]map[string]*node{".": {}}, durable: map[string]map[string]*node{".": {}}}
}

// step counts an operation. With after, the one that fails has happened all the same.
func (m *forgetful) step(do func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ops++
	fault := error(nil)
	switch {
	case m.crashAt > 0 && m.ops > m.crashAt, m.crashAt == m.ops && !m.after && m.crashAt > 0:
		return errDead
	case m.crashAt > 0 && m.crashAt == m.ops:
		fault = errDead
	case m.failAt > 0 && m.failAt == m.ops:
		fault = errFault
	}
	if fault != nil && !m.after {
		return fault
	}
	return errors.Join(do(), fault)
}

// crash forgets, and works again.
func (m *forgetful) crash() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = map[string]map[string]*node{".": copyFolder(m.durable["."])}
	for dir, n := range m.now["."] {
		if n == nil {
			m.now[dir] = copyFolder(m.durable[dir])
		}
	}
	for _, names := range m.now {
		for _, n := range names {
			if n != nil {
				n.data = bytes.Clone(n.synced)
			}
		}
	}
	m.failAt, m.crashAt = 0, 0
}

func copyFolder(names map[string]*node) map[string]*node {
	out := map[string]*node{}
	for name, n := range names {
		out[name] = n
	}
	return out
}

func (m *forgetful) at(name string) (names map[string]*node, base string, err error) {
	names, ok := m.now[path.Dir(name)]
	if !ok {
		return nil, "", fs.ErrNotExist
	}
	return names, path.Base(name), nil
}

func (m *forgetful) find(name string) (*node, error) {
	names, base, err := m.at(name)
	if err != nil {
		return nil, err
	}
	n := names[base]
	if n == nil {
		return nil, fs.ErrNotExist
	}
	return n, nil
}

func (m *forgetful) create(name string) (w writable, err error) {
	err = m.step(func() error {
		names, base, err := m.at(name)
		if err != nil {
			return err
		}
		if _, there := names[base]; there {
			return fs.ErrExist
		}
		n := &node{modified: time.Now()}
		names[base], w = n, &memoryFile{m: m, n: n}
		return nil
	})
	return w, err
}

func (m *forgetful) open(name string) (f File, err error) {
	err = m.step(func() error {
		n, err := m.find(name)
		if err == nil {
			f = readable{bytes.NewReader(bytes.Clone(n.data))}
		}
		return err
	})
	return f, err
}

func (m *forgetful) makeFolder(name string) error {
	return m.step(func() error {
		if _, there := m.now[name]; there {
			return fs.ErrExist
		}
		m.now[name], m.now["."][name] = map[string]*node{}, nil
		return nil
	})
}

func (m *forgetful) rename(from, to string) error {
	return m.step(func() error {
		n, err := m.find(from)
		if err != nil {
			return err
		}
		names, base, err := m.at(to)
		if err != nil {
			return err
		}
		delete(m.now[path.Dir(from)], path.Base(from))
		names[base] = n
		return nil
	})
}

func (m *forgetful) remove(name string) error {
	return m.step(func() error {
		names, base, err := m.at(name)
		if err != nil {
			return err
		}
		if names[base] == nil {
			return fs.ErrNotExist
		}
		delete(names, base)
		return nil
	})
}

func (m *forgetful) stat(name string) (info fs.FileInfo, err error) {
	err = m.step(func() error {
		n, err := m.find(name)
		if err == nil {
			info = entry{path.Base(name), n}
		}
		return err
	})
	return info, err
}

func (m *forgetful) touch(name string, now time.Time) error {
	return m.step(func() error {
		n, err := m.find(name)
		if err == nil {
			n.modified = now
		}
		return err
	})
}

func (m *forgetful) list(name string) (out []fs.DirEntry, err error) {
	err = m.step(func() error {
		names, ok := m.now[name]
		if !ok {
			return fs.ErrNotExist
		}
		for base, n := range names {
			out = append(out, entry{base, n})
		}
		return nil
	})
	return out, err
}

func (m *forgetful) syncFolder(name string) error {
	return m.step(func() error {
		names, ok := m.now[name]
		if !ok {
			return fs.ErrNotExist
		}
		m.durable[name] = copyFolder(names)
		return nil
	})
}

type memoryFile struct {
	m *forgetful
	n *node
}

func (f *memoryFile) Write(p []byte) (n int, err error) {
	err = f.m.step(func() error {
		f.n.data, n = append(f.n.data, p...), len(p)
		return nil
	})
	return n, err
}

func (f *memoryFile) Sync() error {
	return f.m.step(func() error {
		f.n.synced = bytes.Clone(f.n.data)
		return nil
	})
}

func (f *memoryFile) Close() error { return f.m.step(func() error { return nil }) }

type readable struct{ *bytes.Reader }

func (readable) Close() error { return nil }

// entry is a name in a folder, as both interfaces of io/fs.
type entry struct {
	name string
	n    *node
}

func (e entry) Name() string               { return e.name }
func (e entry) IsDir() bool                { return e.n == nil }
func (e entry) Type() fs.FileMode          { return e.Mode() }
func (e entry) Info() (fs.FileInfo, error) { return e, nil }
func (e entry) Size() int64                { return int64(len(e.n.data)) }
func (e entry) ModTime() time.Time         { return e.n.modified }
func (e entry) Sys() any                   { return nil }

func (e entry) Mode() fs.FileMode {
	if e.n == nil {
		return fs.ModeDir
	}
	return 0
}
