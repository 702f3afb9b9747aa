package pdf

// Role is what a part of a document is, of PDF's standard structure types.
type Role string

// The roles.
const (
	roleDocument Role = "Document"
	RoleSection  Role = "Sect"
	RoleArticle  Role = "Art" // a part that stands for itself
	RoleTitle    Role = "H1"
	RoleHeading  Role = "H2"
	RoleSubhead  Role = "H3"
	RoleMessage  Role = "H4" // the header of one message
	RoleText     Role = "P"
	RoleTable    Role = "Table"
	RoleRow      Role = "TR"
	RoleRowHead  Role = "TH"  // heads the cells after it
	RoleTopHead  Role = "TH#" // heads the cells below it
	RoleCell     Role = "TD"
	RoleFigure   Role = "Figure"
)

// tag is the role's name in the file.
func (r Role) tag() string {
	if r == RoleTopHead {
		return string(RoleRowHead)
	}
	return string(r)
}

// Element is a node of the structure tree, from Open to Close. What is drawn for it and the elements opened in it are
// read in that order.
type Element struct {
	doc    *Document
	number ref
	parent ref
	role   Role
	alt    string
	kids   []byte // as they will be written
	closed bool
}

// Open begins an element inside this one.
func (e *Element) Open(role Role) *Element {
	n := e.doc.file.reserve()
	e.kids = append(appendRef(e.kids, n), ' ')
	return &Element{doc: e.doc, number: n, parent: e.number, role: role}
}

// Describe gives what is drawn for the element a description for those who do not see it.
func (e *Element) Describe(alt string) { e.alt = alt }

// marked notes that the content with this number on the page belongs to the element.
func (e *Element) marked(page ref, number int) {
	e.kids = appendRef(append(e.kids, "<</Type/MCR/Pg "...), page)
	e.kids = append(appendInt(append(e.kids, "/MCID "...), number), ">>"...)
}

// Close ends the element; nothing may be added to it afterwards.
func (e *Element) Close() {
	if e.closed {
		return
	}
	e.closed = true
	b := append([]byte("<</Type/StructElem/S/"), e.role.tag()...)
	b = appendRef(append(b, "/P "...), e.parent)
	if e.role == RoleRowHead {
		b = append(b, "/A<</O/Table/Scope/Row>>"...)
	} else if e.role == RoleTopHead {
		b = append(b, "/A<</O/Table/Scope/Column>>"...)
	}
	if e.alt != "" {
		b = appendString(append(b, "/Alt"...), e.alt)
	}
	b = append(append(append(b, "/K["...), e.kids...), "]>>"...)
	e.doc.file.object(e.number, b)
	e.kids = nil
}

// parents is the table from what a page draws to the elements that it belongs to.
type parents struct {
	pages []ref // one array for each page
}

// write writes the table as a number tree of two levels.
func (p *parents) write(f *file) ref {
	root := f.reserve()
	kids := []byte("<</Kids[")
	for from := 0; from < len(p.pages); from += pagesInNode {
		leaf := f.reserve()
		kids = append(appendRef(kids, leaf), ' ')
		to := min(from+pagesInNode, len(p.pages))
		b := append(appendInt(append(appendInt([]byte("<</Limits["), from), ' '), to-1), "]/Nums["...)
		for i := from; i < to; i++ {
			b = append(appendRef(append(appendInt(b, i), ' '), p.pages[i]), ' ')
		}
		f.object(leaf, append(b, "]>>"...))
	}
	f.object(root, append(kids, "]>>"...))
	return root
}
