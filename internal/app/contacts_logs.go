package app

import (
	"strconv"
	"strings"

	"pronto/dispatch"
	"pronto/protocol"
	"pronto/storage"
)

// saidLogs are the records about a contact and about all that were merged into it, as one list by time.
type saidLogs struct {
	db   *storage.DB
	logs []*saidLog
}

// saidLog is what was said about one contact, page by page.
type saidLog struct {
	of    dispatch.ContactID
	page  []storage.Recorded
	after uint64 // ordinal of the last record that was read
	ended bool
}

// logs opens the records behind a cursor: "ordinal" of the last one, or "ordinal.contact" where there are several
// contacts. These have no common index: what is before the cursor is passed over.
func (s said) logs(root dispatch.ContactID, cursor string) (*saidLogs, error) {
	kin, err := s.kin(root)
	if err != nil {
		return nil, err
	}
	l := &saidLogs{db: s.db}
	for _, id := range kin {
		l.logs = append(l.logs, &saidLog{of: id})
	}
	if cursor == "" {
		return l, nil
	}
	number, of, named := strings.Cut(cursor, ".")
	ordinal, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return nil, fieldRefusal("query/cursor", protocol.FieldInvalid)
	}
	if !named {
		of = string(root)
	}
	if len(l.logs) == 1 && of == string(root) {
		l.logs[0].after = ordinal
		return l, nil
	}
	for {
		at, r, err := l.next()
		switch {
		case err != nil:
			return nil, err
		case at == "": // it was taken apart from this contact since
			return nil, fieldRefusal("query/cursor", protocol.FieldInvalid)
		case string(at) == of && r.Ordinal == ordinal:
			return l, nil
		}
	}
}

// place is the cursor behind a record.
func (l *saidLogs) place(of dispatch.ContactID, ordinal uint64) string {
	if len(l.logs) == 1 {
		return strconv.FormatUint(ordinal, 10)
	}
	return strconv.FormatUint(ordinal, 10) + "." + string(of)
}

// next takes the earliest record, of two at one time that of the earlier contact in the list; of is empty at the end.
func (l *saidLogs) next() (of dispatch.ContactID, r storage.Recorded, err error) {
	var first *saidLog
	for _, log := range l.logs {
		if err := log.read(l.db); err != nil {
			return "", r, err
		}
		if len(log.page) > 0 && (first == nil || log.page[0].Time.Before(first.page[0].Time)) {
			first = log
		}
	}
	if first == nil {
		return "", r, nil
	}
	r, first.page = first.page[0], first.page[1:]
	return first.of, r, nil
}

// read reads on when nothing is left.
func (l *saidLog) read(db *storage.DB) error {
	if len(l.page) > 0 || l.ended {
		return nil
	}
	var err error
	if l.page, err = db.ContactRecords(l.of, l.after, recordPage); err != nil {
		return err
	}
	if n := len(l.page); n > 0 {
		l.after = l.page[n-1].Ordinal
	}
	l.ended = len(l.page) < recordPage
	return nil
}
