package pdf

import (
	"io"
	"strconv"
	"time"
)

// Info is what a document says of itself.
type Info struct {
	Title    string
	Subject  string
	Producer string
	Language string // as in "pt-BR"; letters, digits and hyphens
	Made     time.Time
	Footer   Style // of the page count
}

// Document is one file that is being written.
type Document struct {
	file      *file
	info      Info
	root      *Element
	tree      ref // the root of the structure tree
	page      *page
	pages     pages
	parents   parents
	resources ref
	faces     [fontCount]*face
	total     bool // the page count is drawn somewhere
	outline   outline
}

// New begins a file on w. Pages are written as soon as they are full.
func New(w io.Writer, info Info) *Document {
	d := &Document{file: newFile(w), info: info}
	d.tree, d.resources, d.pages.root = d.file.reserve(), d.file.reserve(), d.file.reserve()
	d.root = &Element{doc: d, number: d.file.reserve(), parent: d.tree, role: roleDocument}
	return d
}

// Root is the element that all others are opened in.
func (d *Document) Root() *Element { return d.root }

// Err is the first error of writing, or nil: a long document may give up early.
func (d *Document) Err() error { return d.file.err }

func (d *Document) face(font uint8) *face {
	if d.faces[font] == nil {
		d.faces[font] = newFace(fonts()[font])
		d.faces[font].number = d.file.reserve()
	}
	return d.faces[font]
}

func (d *Document) setFont(b []byte, font uint8, s Style) []byte {
	d.face(font)
	b = appendNumber(append(append(b, "/F"...), '0'+font, ' '), s.Size)
	return appendColor(append(b, " Tf "...), s.Color)
}

// Close writes what is left: the fonts, the trees, the catalog. It returns the first error of the document.
func (d *Document) Close() error {
	d.endPage()
	d.root.Close()
	f := d.file
	f.object(d.tree, append(appendInt(append(appendRef(append(appendRef([]byte("<</Type/StructTreeRoot/K "), d.root.number), "/ParentTree "...),
		d.parents.write(f)), "/ParentTreeNextKey "...), len(d.parents.pages)), ">>"...))
	d.pages.finish(f)
	total := d.writeTotal() // may still use a glyph
	b := []byte("<</Font<<")
	for i, face := range d.faces {
		if face != nil {
			face.write(f)
			b = appendRef(append(append(b, "/F"...), byte('0'+i), ' '), face.number)
		}
	}
	b = append(b, ">>"...)
	if total != 0 {
		b = append(appendRef(append(b, "/XObject<</Total "...), total), ">>"...)
	}
	f.object(d.resources, append(b, ">>"...))
	info := d.writeInfo()
	return f.finish(d.writeCatalog(), info)
}

func (d *Document) writeCatalog() ref {
	meta := d.writeMetadata()
	outlines := d.outline.write(d.file)
	n := d.file.reserve()
	b := appendRef([]byte("<</Type/Catalog/Pages "), d.pages.root)
	b = appendRef(append(b, "/StructTreeRoot "...), d.tree)
	b = appendRef(append(b, "/MarkInfo<</Marked true>>/ViewerPreferences<</DisplayDocTitle true>>/Metadata "...), meta)
	if outlines != 0 {
		b = appendRef(append(b, "/Outlines "...), outlines)
	}
	b = appendString(append(b, "/Lang"...), d.info.Language)
	d.file.object(n, append(b, ">>"...))
	return n
}

func (d *Document) writeInfo() ref {
	n := d.file.reserve()
	b := []byte("<<")
	for _, e := range []struct{ name, text string }{
		{"Title", d.info.Title},
		{"Subject", d.info.Subject},
		{"Producer", d.info.Producer},
	} {
		b = appendString(append(append(b, '/'), e.name...), e.text)
	}
	at := d.info.Made.UTC().Format("D:20060102150405Z")
	d.file.object(n, append(b, "/CreationDate("+at+")/ModDate("+at+")>>"...))
	return n
}

// writeMetadata writes the same as XML, which programs that archive read. Every character of a text is a number in it.
func (d *Document) writeMetadata() ref {
	n := d.file.reserve()
	at := d.info.Made.UTC().Format("2006-01-02T15:04:05Z")
	b := []byte(`<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>` +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">` +
		`<dc:format>application/pdf</dc:format><dc:title><rdf:Alt><rdf:li xml:lang="x-default">`)
	b = append(appendXML(b, d.info.Title), "</rdf:li></rdf:Alt></dc:title><dc:language><rdf:Bag><rdf:li>"...)
	b = append(appendXML(b, d.info.Language), "</rdf:li></rdf:Bag></dc:language><pdf:Producer>"...)
	b = append(appendXML(b, d.info.Producer), "</pdf:Producer><xmp:CreateDate>"+at+"</xmp:CreateDate><xmp:ModifyDate>"+at+
		`</xmp:ModifyDate></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>`...)
	d.file.plainStream(n, []byte("/Type/Metadata/Subtype/XML"), b)
	return n
}

// appendXML appends text with everything but plain letters, digits and spaces as numbers.
func appendXML(b []byte, text string) []byte {
	for _, r := range text {
		plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == ' ' || r == '-'
		switch {
		case plain:
			b = append(b, byte(r))
		case r >= ' ' && r&0xfffe != 0xfffe: // the others are not allowed in XML
			b = append(strconv.AppendInt(append(b, "&#"...), int64(r), 10), ';')
		}
	}
	return b
}

// The page count is a picture of its own, drawn on every page and written at the end, totalEm points high.
const (
	totalEm   = 10.0
	totalSize = 60.0 // its width: room for every number of pages
)

func (d *Document) writeTotal() ref {
	if !d.total {
		return 0
	}
	var t Text
	style := d.info.Footer
	style.Size, style.Bold = totalEm, false
	t.Add(strconv.Itoa(d.pages.total), style)
	p := &page{}
	c := &Canvas{d, p}
	c.Text(0, PageHeight, t.Lines(totalSize)[0])
	n := d.file.reserve()
	b := appendNumber([]byte("/Type/XObject/Subtype/Form/BBox[0 -4 "), totalSize)
	b = appendNumber(append(b, ' '), totalEm)
	b = appendRef(append(b, "]/Resources<</Font<</F0 "...), d.face(fontRegular).number)
	d.file.stream(n, append(b, ">>>>"...), p.content)
	return n
}
