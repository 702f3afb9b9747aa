package pdftest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// vocabulary is every name that a file may have. None of them makes a reader do anything but show pages.
var vocabulary = strings.Fields(`
	A Alt ActualText Art Artifact Ascent BBox BaseFont CIDFontType2 CIDSystemInfo CIDToGIDMap CapHeight Catalog Column Contents Count
	CreationDate DW DescendantFonts Descent Dest DisplayDocTitle Document Encoding Figure Filter First FirstChar Flags FlateDecode
	Font FontBBox FontDescriptor FontFile2 FontName Form F0 F1 F2 F3 H1 H2 H3 H4 ID Identity-H Info ItalicAngle K Kids Lang Last Length
	Length1 Limits MCID MCR MarkInfo Marked MediaBox Metadata ModDate N Next Nums O ObjStm Ordering Outlines P Page Pages
	Parent ParentTree ParentTreeNextKey Pg Prev Producer Registry Resources Root Row S Scope Sect Size Span StemV StructElem
	StructParents StructTreeRoot Subject Subtype Supplement TD TH TR Table Tabs Title ToUnicode Total Type Type0 ViewerPreferences
	W XML XObject XRef XYZ`)

var fontName = regexp.MustCompile(`^[A-Z]{6}\+(NotoSans-Regular|NotoSans-SemiBold|NotoEmoji-Regular|DejaVuSans)$`)

func allowed(name string) bool {
	return slices.Contains(vocabulary, name) || fontName.MatchString(name)
}

// check looks at what each object refers to and at what pages draw.
func (f *File) check() error {
	for n, o := range f.Objects {
		if err := f.refers(o.Value); err != nil {
			return fmt.Errorf("object %d: %w", n, err)
		}
		if o.Type() == "Page" {
			if err := f.checkPage(o.Dict()); err != nil {
				return fmt.Errorf("page %d: %w", n, err)
			}
		}
	}
	return nil
}

func (f *File) refers(v any) error {
	switch v := v.(type) {
	case Ref:
		if _, ok := f.Objects[int(v)]; !ok {
			return fmt.Errorf("refers to %d, which is not there", v)
		}
	case []any:
		for _, e := range v {
			if err := f.refers(e); err != nil {
				return err
			}
		}
	case Dict:
		for _, e := range v {
			if err := f.refers(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkPage checks that the page's content is marked throughout, and that each mark has an element that knows it.
func (f *File) checkPage(page Dict) error {
	ref, _ := page["Contents"].(Ref)
	marks, err := f.content(f.Objects[int(ref)].Data)
	if err != nil {
		return err
	}
	parents := f.parents(int(page["StructParents"].(float64))) //nolint:forcetypeassert // a panic fails the test as well
	if len(parents) != marks {
		return fmt.Errorf("%d marks, %d elements for them", marks, len(parents))
	}
	for _, p := range parents {
		if f.Objects[int(p.(Ref))].Type() != "StructElem" { //nolint:forcetypeassert // as above
			return fmt.Errorf("mark belongs to %v", p)
		}
	}
	return nil
}

// parents returns the elements of a page's marks.
func (f *File) parents(key int) []any {
	for _, o := range f.Objects {
		nums, _ := o.Dict()["Nums"].([]any)
		for i := 0; i+1 < len(nums); i += 2 {
			if nums[i] == float64(key) {
				ref, _ := nums[i+1].(Ref)
				list, _ := f.Objects[int(ref)].Value.([]any)
				return list
			}
		}
	}
	return nil
}

// operators are those that pages may use, with the number of their operands.
var operators = map[string]int{
	"BT": 0, "ET": 0, "Tf": 2, "Tm": 6, "Tj": 1, "BDC": 2, "BMC": 1, "EMC": 0, "re": 4, "f": 0, "rg": 3, "q": 0, "Q": 0, "cm": 6, "Do": 1,
}

// content checks one page's operators and returns how many marks it has.
func (f *File) content(data []byte) (marks int, err error) {
	p := &parser{in: data, names: f.Names}
	depth, operands := 0, 0
	for len(p.in) > 0 {
		if p.while(" \n") != "" {
			continue
		}
		if op := p.while(letters); op != "" {
			want, known := operators[op]
			if !known || want != operands {
				return 0, fmt.Errorf("operator %s with %d operands: %w", op, operands, errGrammar)
			}
			operands = 0
			switch op {
			case "BDC", "BMC":
				depth++
			case "EMC":
				depth--
			case "Tj", "f", "Do":
				if depth == 0 {
					return 0, fmt.Errorf("%s outside marked content: %w", op, errGrammar)
				}
			}
			continue
		}
		v, err := p.value()
		if err != nil {
			return 0, err
		}
		operands++
		if d, ok := v.(Dict); ok && d["MCID"] != nil {
			if d["MCID"] != float64(marks) {
				return 0, fmt.Errorf("mark %v is not the %dth", d["MCID"], marks)
			}
			marks++
		}
	}
	if depth != 0 {
		return 0, fmt.Errorf("marked content: %w", errGrammar)
	}
	return marks, nil
}
