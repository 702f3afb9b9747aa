package transcript

import (
	"strconv"

	"pronto/internal/pdf"
)

// sheet is the page that is being filled, from its top to its bottom.
type sheet struct {
	doc     *pdf.Document
	y       float64 // where the next thing begins
	running pdf.Text
	page    string // "page"
	of      string
	warning pdf.Text
	ghost   pdf.Text // the watermark
}

// begin begins a page with everything that is on each: the running header from the second one on, the footer, and the
// watermark below all else.
func (s *sheet) begin() {
	s.doc.NewPage()
	s.doc.Artifact(func(c *pdf.Canvas) {
		if !s.ghost.Empty() {
			line := s.ghost.Lines(2 * pdf.PageHeight)[0]
			across := line.Width() * 0.70711
			c.Watermark((pdf.PageWidth-across)/2+watermarkPts/4, (pdf.PageHeight+across)/2+watermarkPts/4, line)
		}
		if s.doc.Pages() > 1 {
			c.Text(left, runningBase, s.running.Lines(right - left)[0])
			c.Rect(left, runningBase+6, right-left, 0.5, hairline)
		}
		s.footer(c)
	})
	s.y = top
	if s.doc.Pages() == 1 {
		s.y = runningBase
	}
}

// footer has the page's number in the middle, and the warning of notes on the left.
func (s *sheet) footer(c *pdf.Canvas) {
	if !s.warning.Empty() {
		c.Text(left, footerBase, s.warning.Lines(right - left)[0])
	}
	n := text(s.page+" "+strconv.Itoa(s.doc.Pages())+" "+s.of+" ", footStyle)
	const total = 5.0 // about the width of the number of pages
	x := (pdf.PageWidth - n.Width() - total) / 2
	c.Text(x, footerBase, n.Lines(right - left)[0])
	c.Total(x+n.Width(), footerBase, footStyle.Size)
}

// room begins a new page unless height fits.
func (s *sheet) room(height float64) {
	if s.y+height > bottom {
		s.begin()
	}
}

// paragraph writes text as an element of its own, over pages if it must.
func (s *sheet) paragraph(parent *pdf.Element, role pdf.Role, t *pdf.Text) {
	e := parent.Open(role)
	for _, l := range t.Lines(right - left) {
		h := l.Size() * leading
		s.room(h)
		s.doc.Draw(e, func(c *pdf.Canvas) { c.Text(left, s.y+ascent(l.Size()), l) })
		s.y += h
	}
	e.Close()
}

// section opens a section with its heading, which keeps at least keep points of what follows on its page.
func (s *sheet) section(heading string, keep float64) *pdf.Element {
	s.y += sectionGap
	h := sectionStyle.Size*leading + 5
	s.room(h + keep)
	e := s.doc.Root().Open(pdf.RoleSection)
	s.doc.Bookmark(heading, s.y-8)
	t := text(heading, sectionStyle)
	s.paragraph(e, pdf.RoleHeading, &t)
	s.doc.Artifact(func(c *pdf.Canvas) { c.Rect(left, s.y+1.5, right-left, 0.7, hairline) })
	s.y += 6
	return e
}
