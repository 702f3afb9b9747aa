package transcript

import (
	"fmt"
	"io"
	"strings"
	"time"

	"pronto/internal/pdf"
)

// producer is the program that the file names.
const producer = "Pronto"

// composer writes one document.
type composer struct {
	doc   *Document
	words *words
	zone  *time.Location
	sheet sheet
	notes bool
	files bool // an entry has attachments
}

// Write writes the document as a PDF to w, page by page. An unknown language is taken for the first one.
func Write(w io.Writer, d *Document, o Options) error {
	lang, ok := catalogue[o.Language]
	if !ok {
		o.Language = Portuguese
		lang = catalogue[Portuguese]
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	c := &composer{doc: d, words: lang, zone: o.Zone, notes: o.Notes}
	title := lang.title + " " + d.Protocol
	c.sheet = sheet{
		doc: pdf.New(w, pdf.Info{
			Title: title, Subject: join(d.Queue, d.Subject), Producer: producer, Language: string(o.Language), Made: d.AsOf, Footer: footStyle,
		}),
		running: text(join(title, d.Contact.Name), footStyle), page: lang.page, of: lang.of,
	}
	if o.Notes {
		c.sheet.warning = text(lang.warning, warnStyle)
		c.sheet.ghost = text(lang.watermark, pdf.Style{Size: watermarkPts, Bold: true, Color: ghost})
	}
	c.sheet.begin()
	c.cover(title)
	err := c.conversation()
	if err == nil && c.files {
		err = c.attachments()
	}
	if err != nil {
		return fmt.Errorf("transcript of %s: %w", d.Protocol, err)
	}
	if err := c.sheet.doc.Close(); err != nil {
		return fmt.Errorf("write transcript of %s: %w", d.Protocol, err)
	}
	return nil
}

// cover is the beginning of the first page: the title, the details, the script.
func (c *composer) cover(title string) {
	d, s := c.doc, &c.sheet
	t := text(title, titleStyle)
	s.paragraph(s.doc.Root(), pdf.RoleTitle, &t)
	t = text(join(d.Contact.Name, d.Queue, d.Channel), leadStyle)
	s.paragraph(s.doc.Root(), pdf.RoleText, &t)
	s.y -= 6
	c.details()
	if d.Script != nil {
		c.script(d.Script)
	}
}

// firstRows is what a section keeps of its content beside its heading.
const firstRows = 40

func (c *composer) details() {
	d, w := c.doc, c.words
	section := c.sheet.section(w.details, firstRows)
	owners := make([]string, len(d.Agents))
	for i, a := range d.Agents {
		owners[i] = a.Name
		if !a.Since.IsZero() {
			owners[i] += ", " + w.since + " " + c.at(a.Since)
		}
	}
	c.sheet.facts(section, []fact{
		{w.protocol, d.Protocol},
		{w.entered, c.at(d.Entered)},
		{w.state, word(w.states, d.State)},
		{w.accepted, c.at(d.Accepted)},
		{w.queue, d.Queue},
		{w.closed, c.at(d.Closed)},
		{w.channel, d.Channel},
		{w.asOf, c.at(d.AsOf)},
		{w.subject, d.Subject},
		{w.zone, c.zone.String()},
		{w.contact, d.Contact.Name},
		{w.documents, c.identities(d.Contact.Documents)},
	}, []fact{
		{w.contactID, c.identities(d.Contact.Identities)},
		{w.agents, strings.Join(owners, "\n")},
		{w.tags, strings.Join(d.Tags, ", ")},
	})
	section.Close()
}

func (c *composer) script(s *Script) {
	w := c.words
	section := c.sheet.section(join(w.script, s.Name), firstRows)
	resolved := w.no
	if s.Resolved {
		resolved = w.yes
	}
	if s.Automatic {
		resolved = join(resolved, w.automatic)
	}
	facts := []fact{
		{w.reason, strings.Join(s.Reason, " › ")},
		{w.resolved, resolved},
	}
	for _, a := range s.Answers {
		facts = append(facts, fact{a.Question, a.Value})
	}
	tbl := section.Open(pdf.RoleTable)
	for _, f := range said(facts) {
		c.sheet.row(tbl, pair(left, right-left, askedWidth, f))
	}
	tbl.Close()
	section.Close()
}

// conversation writes the entries, those of a day below its date.
func (c *composer) conversation() error {
	s := &c.sheet
	section := s.section(c.words.messages, 90)
	defer section.Close()
	var day string
	var inDay *pdf.Element
	for e, err := range c.doc.Entries {
		if err != nil {
			return err
		}
		if s.doc.Err() != nil {
			return nil // Close tells it
		}
		if e.Note && !c.notes {
			continue
		}
		if date := c.day(e.At); inDay == nil || date != day {
			if inDay != nil {
				inDay.Close()
			}
			day, inDay = date, section.Open(pdf.RoleSection)
			c.date(inDay, day, c.head(&e, false).height())
		}
		c.files = c.files || len(e.Attachments) > 0
		c.entry(inDay, &e)
	}
	if inDay == nil {
		t := text(c.words.empty, textStyle)
		s.paragraph(section, pdf.RoleText, &t)
		return nil
	}
	inDay.Close()
	return nil
}

// date writes the heading of a day, between two lines, and keeps the first entry's header and two lines with it.
func (c *composer) date(parent *pdf.Element, day string, header float64) {
	s := &c.sheet
	h := dayStyle.Size*leading + 8
	s.room(h + 2*pad + header + 2*textStyle.Size*leading)
	e := parent.Open(pdf.RoleSubhead)
	t := text(day, dayStyle)
	line := t.Lines(right - left)[0]
	y, x := s.y+3, (left+right-line.Width())/2
	s.doc.Artifact(func(canvas *pdf.Canvas) {
		middle := y + dayStyle.Size*leading/2
		canvas.Rect(left, middle, x-left-8, 0.5, hairline)
		canvas.Rect(x+line.Width()+8, middle, right-x-line.Width()-8, 0.5, hairline)
	})
	s.doc.Draw(e, func(canvas *pdf.Canvas) { canvas.Text(x, y+ascent(dayStyle.Size), line) })
	e.Close()
	s.y += h
}

// attachments lists every file of the conversation. It walks the entries a second time.
func (c *composer) attachments() error {
	s, w := &c.sheet, c.words
	section := s.section(w.attachments, firstRows)
	tbl := section.Open(pdf.RoleTable)
	columns := []float64{left, left + 168, left + 266, left + 316}
	widths := []float64{160, 92, 46, right - left - 316}
	row := func(role pdf.Role, style pdf.Style, values ...string) {
		cells := make([]cell, len(values))
		for i, v := range values {
			cells[i] = newCell(role, columns[i], widths[i], v, style)
		}
		s.row(tbl, cells)
	}
	row(pdf.RoleTopHead, labelStyle, w.file, w.kind, w.size, w.sent)
	for e, err := range c.doc.Entries {
		if err != nil {
			return err
		}
		for _, a := range e.Attachments {
			row(pdf.RoleCell, metaStyle, a.Name, a.Type, c.size(a.Size), join(c.at(e.At), e.Author.Name))
		}
	}
	tbl.Close()
	section.Close()
	return nil
}
