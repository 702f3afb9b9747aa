package media

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

const (
	// ThumbnailSide bounds both sides of a thumbnail in pixels.
	ThumbnailSide    = 320
	jpegQuality      = 85
	thumbnailQuality = 80
	fastPNG          = 8 << 20 // pixels from which a PNG is compressed fast rather than well
)

// Picture is an image that was drawn anew.
type Picture struct {
	Type          string
	Width, Height int
	Thumbnail     []byte
	ThumbnailType string
}

// Studio draws images anew, a few at a time.
type Studio struct{ pixels *budget }

// NewStudio holds at most so many pixels of four bytes in memory at once. An image that needs more by itself is refused.
func NewStudio(pixels int64) *Studio { return &Studio{pixels: newBudget(pixels)} }

// Redraw decodes the image in src, which is of the type kind and has at most maxPixels, and writes it to dst: upright,
// without metadata, encoded anew. A WebP becomes a JPEG or, where it has transparency or is lossless, a PNG; an animated one
// becomes its first picture. dst may have been written to when an error is returned.
func (s *Studio) Redraw(ctx context.Context, src io.ReadSeeker, kind string, dst io.Writer, maxPixels int64) (Picture, error) {
	from := io.ReadSeeker(bounded{ctx, src})
	start, err := begin(from, kind)
	if err != nil {
		return Picture{}, err
	}
	h, err := Inspect(start, kind)
	if err != nil {
		return Picture{}, err
	}
	if h.Pixels > maxPixels || h.Cost > s.pixels.total {
		return Picture{}, ErrTooManyPixels
	}
	done, err := s.pixels.take(ctx, h.Cost)
	if err != nil {
		return Picture{}, err
	}
	defer done()
	if start, err = begin(from, kind); err != nil {
		return Picture{}, err
	}
	p, err := redraw(start, h, kind, sink{ctx, dst})
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return p, err
}

// begin goes to the start of the image.
func begin(src io.ReadSeeker, kind string) (io.Reader, error) {
	if kind == WebP {
		return still(src)
	}
	_, err := src.Seek(0, io.SeekStart)
	return src, err
}

func redraw(src io.Reader, h Header, kind string, dst io.Writer) (p Picture, err error) {
	defer func() { // a decoder that meets what its authors did not think of
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: decoder panicked", ErrDamaged)
		}
	}()
	if kind == GIF {
		return redrawGIF(src, dst)
	}
	m, err := decode(src, kind)
	if err != nil {
		return p, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	m = upright(m, h.Orientation)
	p = Picture{Type: encoding(m, kind), Width: m.Bounds().Dx(), Height: m.Bounds().Dy()}
	if err := encode(dst, m, p.Type); err != nil {
		return p, fmt.Errorf("encode image: %w", err)
	}
	return p, p.addThumbnail(m)
}

func decode(src io.Reader, kind string) (image.Image, error) {
	switch kind {
	case JPEG:
		return jpeg.Decode(src)
	case PNG:
		return png.Decode(src)
	default:
		return webp.Decode(src)
	}
}

// encoding is the type that an image is written as.
func encoding(m image.Image, kind string) string {
	if _, lossy := m.(*image.YCbCr); kind == WebP && lossy {
		return JPEG
	}
	if kind == JPEG {
		return JPEG
	}
	return PNG
}

func encode(dst io.Writer, m image.Image, kind string) error {
	if kind == JPEG {
		return jpeg.Encode(dst, m, &jpeg.Options{Quality: jpegQuality})
	}
	e := png.Encoder{}
	if b := m.Bounds(); b.Dx()*b.Dy() > fastPNG {
		e.CompressionLevel = png.BestSpeed
	}
	return e.Encode(dst, m)
}

// redrawGIF keeps every picture of an animation, their times and how often it repeats.
func redrawGIF(src io.Reader, dst io.Writer) (Picture, error) {
	all, err := gif.DecodeAll(src)
	if err != nil {
		return Picture{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if len(all.Image) == 0 {
		return Picture{}, fmt.Errorf("%w: no picture", ErrDamaged)
	}
	if err := gif.EncodeAll(dst, all); err != nil {
		return Picture{}, fmt.Errorf("encode image: %w", err)
	}
	p := Picture{Type: GIF, Width: all.Config.Width, Height: all.Config.Height}
	return p, p.addThumbnail(all.Image[0])
}

// addThumbnail draws the picture small: first roughly, then well.
func (p *Picture) addThumbnail(m image.Image) error {
	b := m.Bounds()
	w, h := fit(b.Dx(), b.Dy(), ThumbnailSide)
	if rough := 4 * ThumbnailSide; max(b.Dx(), b.Dy()) > 2*rough {
		rw, rh := fit(b.Dx(), b.Dy(), rough)
		small := image.NewRGBA(image.Rect(0, 0, rw, rh))
		draw.NearestNeighbor.Scale(small, small.Rect, m, b, draw.Src, nil)
		m, b = small, small.Rect
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.BiLinear.Scale(small, small.Rect, m, b, draw.Src, nil)
	var out bytes.Buffer
	var err error
	if small.Opaque() {
		p.ThumbnailType = JPEG
		err = jpeg.Encode(&out, small, &jpeg.Options{Quality: thumbnailQuality})
	} else {
		p.ThumbnailType = PNG
		err = png.Encode(&out, small)
	}
	if err != nil {
		return fmt.Errorf("encode thumbnail: %w", err)
	}
	p.Thumbnail = out.Bytes()
	return nil
}

// fit scales both sides so that neither is longer than side; it does not enlarge.
func fit(w, h, side int) (int, int) {
	longest := max(w, h)
	if longest <= side {
		return w, h
	}
	return max(1, w*side/longest), max(1, h*side/longest)
}

func deep(m color.Model) bool {
	switch m {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model:
		return true
	}
	return false
}

// bounded is a source that ends with its request: decoders cannot be stopped otherwise.
type bounded struct {
	ctx context.Context //nolint:containedctx // of one call
	r   io.ReadSeeker
}

func (b bounded) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.r.Read(p)
}

func (b bounded) Seek(offset int64, whence int) (int64, error) { return b.r.Seek(offset, whence) }

// sink is the same for encoders.
type sink struct {
	ctx context.Context //nolint:containedctx // of one call
	w   io.Writer
}

func (s sink) Write(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.w.Write(p)
}
