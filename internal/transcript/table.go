package transcript

import "pronto/internal/pdf"

// cell is one cell of a row: its lines in a column.
type cell struct {
	role  pdf.Role
	x     float64
	lines []pdf.Line
}

func newCell(role pdf.Role, x, width float64, value string, style pdf.Style) cell {
	t := text(value, style)
	return cell{role: role, x: x, lines: t.Lines(width)}
}

// row writes the cells beside each other. A row that is higher than the rest of the page goes on on the next one.
func (s *sheet) row(tbl *pdf.Element, cells []cell) {
	r := tbl.Open(pdf.RoleRow)
	elements := make([]*pdf.Element, len(cells))
	longest := 0
	for i, c := range cells {
		elements[i] = r.Open(c.role)
		longest = max(longest, len(c.lines))
	}
	h := valueStyle.Size * leading
	s.room(min(float64(longest), 3) * h)
	for n := range longest {
		s.room(h)
		for i, c := range cells {
			if n < len(c.lines) {
				s.doc.Draw(elements[i], func(canvas *pdf.Canvas) { canvas.Text(c.x, s.y+ascent(valueStyle.Size), c.lines[n]) })
			}
		}
		s.y += h
	}
	for _, e := range elements {
		e.Close()
	}
	r.Close()
	s.y += 2.5
}

// fact is a label and what it says.
type fact struct{ label, value string }

// pair are the cells of a fact in a column that begins at x.
func pair(x, width, label float64, f fact) []cell {
	return []cell{
		newCell(pdf.RoleRowHead, x, label, f.label, labelStyle),
		newCell(pdf.RoleCell, x+label+4, width-label-4, f.value, valueStyle),
	}
}

// facts writes the facts that say something, two beside each other, wide ones on lines of their own after them.
func (s *sheet) facts(parent *pdf.Element, narrow, wide []fact) {
	tbl := parent.Open(pdf.RoleTable)
	column := (right - left - columnGap) / 2
	narrow, wide = said(narrow), said(wide)
	for len(narrow) > 0 {
		cells := pair(left, column, labelWidth, narrow[0])
		if len(narrow) > 1 {
			cells = append(cells, pair(left+column+columnGap, column, labelWidth, narrow[1])...)
		}
		s.row(tbl, cells)
		narrow = narrow[min(2, len(narrow)):]
	}
	for _, f := range wide {
		s.row(tbl, pair(left, right-left, labelWidth, f))
	}
	tbl.Close()
}

// said leaves out facts without a value.
func said(facts []fact) []fact {
	var out []fact
	for _, f := range facts {
		if f.value != "" {
			out = append(out, f)
		}
	}
	return out
}
