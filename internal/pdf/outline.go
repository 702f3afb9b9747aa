package pdf

// outline is the list of sections that readers show beside the pages.
type outline struct {
	entries []outlineEntry
}

type outlineEntry struct {
	title string
	page  ref
	y     float64
}

// maxOutline bounds the list, which is kept until the end.
const maxOutline = 100

// Bookmark puts the place y of the page into the list of sections.
func (d *Document) Bookmark(title string, y float64) {
	if len(d.outline.entries) < maxOutline {
		d.outline.entries = append(d.outline.entries, outlineEntry{title, d.page.number, y})
	}
}

// write writes the list; 0 when there is none.
func (o *outline) write(f *file) ref {
	if len(o.entries) == 0 {
		return 0
	}
	root := f.reserve()
	refs := make([]ref, len(o.entries))
	for i := range refs {
		refs[i] = f.reserve()
	}
	for i, e := range o.entries {
		b := appendString([]byte("<</Title"), e.title)
		b = appendRef(append(b, "/Parent "...), root)
		if i > 0 {
			b = appendRef(append(b, "/Prev "...), refs[i-1])
		}
		if i+1 < len(refs) {
			b = appendRef(append(b, "/Next "...), refs[i+1])
		}
		b = append(appendRef(append(b, "/Dest["...), e.page), "/XYZ null "...)
		f.object(refs[i], append(appendNumber(b, PageHeight-e.y), " null]>>"...))
	}
	b := appendRef([]byte("<</Type/Outlines/First "), refs[0])
	b = appendRef(append(b, "/Last "...), refs[len(refs)-1])
	f.object(root, append(appendInt(append(b, "/Count "...), len(refs)), ">>"...))
	return root
}
