package transcript

import "pronto/internal/pdf"

// Measures in points. A line of text is about 95 characters, as long as is read without effort.
const (
	left         = 54.0
	right        = pdf.PageWidth - 54
	top          = 62.0 // of the text; the running header is above
	bottom       = pdf.PageHeight - 58
	runningBase  = 40.0
	footerBase   = pdf.PageHeight - 34
	inset        = 11.0 // of a message's text from its bar
	pad          = 4.0  // inside a message's field
	bar          = 2.5
	leading      = 1.38 // distance of lines, in sizes
	entryGap     = 4.0
	sectionGap   = 20.0
	columnGap    = 18.0
	labelWidth   = 74.0
	askedWidth   = 150.0 // of a script's questions
	watermarkPts = 58.0
)

// Colours. All of them keep apart in grey, and text has a contrast of at least 4.5 to its ground.
var (
	ink       = pdf.Color{R: 30, G: 34, B: 40}
	soft      = pdf.Color{R: 92, G: 100, B: 112}
	hairline  = pdf.Color{R: 220, G: 224, B: 230}
	ghost     = pdf.Color{R: 231, G: 233, B: 237}
	customer  = pdf.Color{R: 150, G: 158, B: 170}
	ours      = pdf.Color{R: 38, G: 92, B: 160}
	oursTint  = pdf.Color{R: 243, G: 247, B: 252}
	automatic = pdf.Color{R: 178, G: 186, B: 198}
	autoTint  = pdf.Color{R: 248, G: 249, B: 250}
	noteInk   = pdf.Color{R: 122, G: 86, B: 0}
	noteBar   = pdf.Color{R: 222, G: 168, B: 28}
	noteTint  = pdf.Color{R: 255, G: 249, B: 230}
	white     = pdf.Color{R: 255, G: 255, B: 255}
)

// Styles.
var (
	titleStyle   = pdf.Style{Size: 19, Bold: true, Color: ink}
	leadStyle    = pdf.Style{Size: 10, Color: soft}
	sectionStyle = pdf.Style{Size: 11.5, Bold: true, Color: ink}
	dayStyle     = pdf.Style{Size: 8, Bold: true, Color: soft}
	textStyle    = pdf.Style{Size: 9.3, Color: ink}
	labelStyle   = pdf.Style{Size: 8, Color: soft}
	valueStyle   = pdf.Style{Size: 9, Color: ink}
	metaStyle    = pdf.Style{Size: 7.8, Color: soft}
	quoteStyle   = pdf.Style{Size: 8.2, Color: soft}
	footStyle    = pdf.Style{Size: 7.5, Color: soft}
	warnStyle    = pdf.Style{Size: 7.5, Bold: true, Color: noteInk}
)

// ascent is how far a line's base is below its top, so that text stands in the middle of its lead.
func ascent(size float64) float64 { return size*(leading-1)/2 + size*0.86 }

// text is one string in one style.
func text(s string, style pdf.Style) pdf.Text {
	var t pdf.Text
	t.Add(s, style)
	return t
}
