package storage

import (
	"bytes"
	"context"
	"fmt"
	"slices"
)

// Documents of the kinds in Options.Words are found by the words of their bodies. A row says that a document has a word:
//
//	0x00 'w' kind 0x00 word 0x00 id

func wordPrefix(kind, prefix string) []byte {
	return append(append(append([]byte{reserved, 'w'}, kind...), 0), prefix...)
}

func wordKey(kind, word, id string) []byte { return append(append(wordPrefix(kind, word), 0), id...) }

// wordsOf are the words of a live document, sorted; none of one that is gone. They are told, unless nil, else its body says.
func (db *DB) wordsOf(d *document, told []string) []string {
	if d == nil || d.Deleted || db.opts.Words[d.Kind] == nil {
		return nil
	}
	words := told
	if words == nil {
		words = db.opts.Words[d.Kind](d.Body)
	}
	words = slices.Clone(words)
	slices.Sort(words)
	return slices.Compact(slices.DeleteFunc(words, func(w string) bool { return w == "" || bytes.IndexByte([]byte(w), 0) >= 0 }))
}

// reword adds to the change the rows by which words lead to the document; told are those of after, or nil.
func (db *DB) reword(c *Change, id string, before, after *document, told []string) {
	had, has := db.wordsOf(before, nil), db.wordsOf(after, told)
	for _, w := range had {
		if _, keep := slices.BinarySearch(has, w); !keep {
			c.Delete = append(c.Delete, wordKey(before.Kind, w, id))
		}
	}
	for _, w := range has {
		if _, there := slices.BinarySearch(had, w); !there {
			c.Set = append(c.Set, Row{Key: wordKey(after.Kind, w, id)})
		}
	}
}

// DocumentsByWord calls fn with each (word, id) where a document of the kind has a word with the prefix, in order of both,
// after (afterWord, afterID), until it returns ErrStop or another error.
func (db *DB) DocumentsByWord(kind, prefix, afterWord, afterID string, fn func(word, id string) error) error {
	start := wordPrefix(kind, "")
	r := Range{Prefix: wordPrefix(kind, prefix)}
	if afterWord != "" {
		r.From = append(wordKey(kind, afterWord, afterID), 0)
	}
	return db.Scan(r, func(key, _ []byte) error {
		word, id, ok := bytes.Cut(key[len(start):], []byte{0})
		if !ok {
			return corrupt("word row %q", key)
		}
		return fn(string(word), string(id))
	})
}

// VerifyWords compares the word rows of a kind with the words of its documents, and returns what is wrong, at most
// MaxProblems. It reads live; changes committed meanwhile may show as problems.
func (db *DB) VerifyWords(ctx context.Context, kind string) (documents uint64, problems []string, err error) {
	want := map[string]bool{}
	after := ""
	for {
		page, err := db.Documents(kind, after, MaxDocuments)
		if err != nil {
			return documents, nil, err
		}
		for i := range page {
			documents++
			after = page[i].ID
			for _, w := range db.wordsOf(&document{Kind: kind, Body: page[i].Body}, nil) {
				want[string(wordKey(kind, w, page[i].ID))] = true
			}
		}
		if err := ctx.Err(); err != nil || len(page) < MaxDocuments {
			return db.compareWords(kind, documents, want, err)
		}
	}
}

func (db *DB) compareWords(kind string, documents uint64, want map[string]bool, err error) (uint64, []string, error) {
	if err != nil {
		return documents, nil, fmt.Errorf("verify words: %w", err)
	}
	var problems []string
	add := func(format string, key string) {
		if len(problems) < MaxProblems {
			problems = append(problems, fmt.Sprintf(format, key))
		}
	}
	err = db.Scan(Prefix(wordPrefix(kind, "")), func(key, _ []byte) error {
		if !want[string(key)] {
			add("word row %q belongs to no document", string(key))
		}
		delete(want, string(key))
		return nil
	})
	missing := make([]string, 0, len(want))
	for key := range want {
		missing = append(missing, key)
	}
	slices.Sort(missing)
	for _, key := range missing {
		add("word row %q is missing", key)
	}
	return documents, problems, err
}
