package pdf

// The page is A4, upright, in points. Places are measured from its upper left corner.
const (
	PageWidth  = 595.28
	PageHeight = 841.89
)

// pagesInNode is how many pages a node of a tree holds.
const pagesInNode = 64

// page is the one that is drawn on.
type page struct {
	number  ref
	content []byte
	marks   []ref // the elements that the page's contents belong to, by the contents' numbers
}

// pages is the tree of pages: nodes of pagesInNode pages below one root.
type pages struct {
	root   ref
	nodes  []ref
	node   ref
	kids   []ref
	counts []int
	total  int
}

// parent returns the node that the next page belongs to.
func (p *pages) parent(f *file) ref {
	if p.node == 0 {
		p.node = f.reserve()
	}
	return p.node
}

func (p *pages) add(f *file, n ref) {
	p.kids = append(p.kids, n)
	p.total++
	if len(p.kids) == pagesInNode {
		p.flush(f)
	}
}

func (p *pages) flush(f *file) {
	if p.node == 0 {
		return
	}
	p.nodes, p.counts = append(p.nodes, p.node), append(p.counts, len(p.kids))
	f.object(p.node, pageNode(p.root, p.kids, len(p.kids)))
	p.node, p.kids = 0, p.kids[:0]
}

func (p *pages) finish(f *file) {
	p.flush(f)
	f.object(p.root, pageNode(0, p.nodes, p.total))
}

func pageNode(parent ref, kids []ref, count int) []byte {
	b := appendInt([]byte("<</Type/Pages/Count "), count)
	if parent != 0 {
		b = appendRef(append(b, "/Parent "...), parent)
	}
	b = append(b, "/Kids["...)
	for _, k := range kids {
		b = append(appendRef(b, k), ' ')
	}
	return append(b, "]>>"...)
}

// NewPage ends the page and begins the next one.
func (d *Document) NewPage() {
	d.endPage()
	d.page = &page{number: d.file.reserve()}
}

// Pages is the number of pages that were begun.
func (d *Document) Pages() int {
	if d.page != nil {
		return d.pages.total + 1
	}
	return d.pages.total
}

func (d *Document) endPage() {
	p := d.page
	if p == nil {
		return
	}
	content, marks := d.file.reserve(), d.file.reserve()
	d.file.stream(content, nil, p.content)
	b := []byte{'['}
	for _, m := range p.marks {
		b = append(appendRef(b, m), ' ')
	}
	d.file.object(marks, append(b, ']'))
	d.parents.pages = append(d.parents.pages, marks)
	b = appendRef([]byte("<</Type/Page/Parent "), d.pages.parent(d.file))
	b = appendNumber(append(b, "/MediaBox[0 0 "...), PageWidth)
	b = appendNumber(append(b, ' '), PageHeight)
	b = appendRef(append(b, "]/Resources "...), d.resources)
	b = appendRef(append(b, "/Contents "...), content)
	b = appendInt(append(b, "/Tabs/S/StructParents "...), d.pages.total)
	d.file.object(p.number, append(b, ">>"...))
	d.pages.add(d.file, p.number)
	d.page = nil
}

// Canvas draws on the page. It is valid during the call it is given to.
type Canvas struct {
	doc  *Document
	page *page
}

// Draw draws what belongs to an element.
func (d *Document) Draw(e *Element, fn func(*Canvas)) {
	p := d.page
	n := len(p.marks)
	p.marks = append(p.marks, e.number)
	e.marked(p.number, n)
	p.content = append(append(append(p.content, '/'), e.role.tag()...), "<</MCID "...)
	p.content = append(appendInt(p.content, n), ">>BDC\n"...)
	fn(&Canvas{d, p})
	p.content = append(p.content, "EMC\n"...)
}

// Artifact draws what is no part of the document's content: lines, page numbers, a header that is repeated.
func (d *Document) Artifact(fn func(*Canvas)) {
	p := d.page
	p.content = append(p.content, "/Artifact BMC\n"...)
	fn(&Canvas{d, p})
	p.content = append(p.content, "EMC\n"...)
}

// Rect fills a rectangle whose upper left corner is at (x, y).
func (c *Canvas) Rect(x, y, w, h float64, color Color) {
	b := appendColor(c.page.content, color)
	for _, v := range []float64{x, PageHeight - y - h, w, h} {
		b = append(appendNumber(b, v), ' ')
	}
	c.page.content = append(b, "re f\n"...)
}

// Text draws a line with its base at y, beginning at x.
func (c *Canvas) Text(x, y float64, l Line) { c.line(x, y, l, 1, 0) }

const diagonal = 0.70711 // sine and cosine of 45 degrees

// Watermark draws a line that rises by 45 degrees, beginning at (x, y). It does not extract: it would stand between the
// words of the page.
func (c *Canvas) Watermark(x, y float64, l Line) {
	c.page.content = append(c.page.content, "/Span<</ActualText<FEFF>>>BDC\n"...)
	c.line(x, y, l, diagonal, diagonal)
	c.page.content = append(c.page.content, "EMC\n"...)
}

// line draws a line in the direction that has this cosine and sine, run by run.
func (c *Canvas) line(x, y float64, l Line, cos, sin float64) {
	line := l.text.clusters[l.from:l.to]
	if len(line) == 0 {
		return
	}
	b := append(c.page.content, "BT\n"...)
	at := places(l.text, line)
	for from := 0; from < len(line); {
		to := runEnd(l.text, line, at, from)
		b = c.doc.setFont(b, line[from].font, l.text.styles[line[from].style])
		for _, v := range []float64{cos, sin, -sin, cos, x + at[from]*cos, PageHeight - y + at[from]*sin} {
			b = append(appendNumber(b, v), ' ')
		}
		b = append(b, "Tm\n<"...)
		for i := from; i < to; i++ {
			if line[i].glyph != 0 {
				b = appendHex(b, c.doc.face(line[i].font).code(&line[i]))
			}
		}
		b = append(b, ">Tj\n"...)
		from = to
	}
	c.page.content = append(b, "ET\n"...)
}

// runEnd is the end of what can be drawn at once: one font and style, each cluster where the one before it ends.
func runEnd(t *Text, line []cluster, at []float64, from int) int {
	to := from + 1
	for to < len(line) && line[to].font == line[from].font && line[to].style == line[from].style {
		gap := at[to] - at[to-1] - t.points(&line[to-1])
		if gap > 0.001 || gap < -0.001 {
			break
		}
		to++
	}
	return to
}

// TotalWidth is the room that a page count takes at a size.
func (d *Document) TotalWidth(size float64) float64 { return totalSize * size / totalEm }

// Total draws the number of all pages, which is known only at the end, with its base at y.
func (c *Canvas) Total(x, y, size float64) {
	b := append(c.page.content, "q "...)
	b = appendNumber(b, size/totalEm)
	b = appendNumber(append(b, " 0 0 "...), size/totalEm)
	b = appendNumber(append(b, ' '), x)
	b = appendNumber(append(b, ' '), PageHeight-y)
	c.page.content = append(b, " cm /Total Do Q\n"...)
	c.doc.total = true
}

func appendColor(b []byte, c Color) []byte {
	for _, v := range []uint8{c.R, c.G, c.B} {
		b = append(appendNumber(b, float64(v)/255), ' ')
	}
	return append(b, "rg\n"...)
}
