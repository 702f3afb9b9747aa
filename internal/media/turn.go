package media

import (
	"image"

	"golang.org/x/image/draw"
)

// upright returns the picture as it is to be looked at, given its orientation by EXIF.
func upright(m image.Image, orientation int) image.Image {
	if orientation <= 1 || orientation > 8 {
		return m
	}
	switch m := m.(type) {
	case *image.YCbCr:
		if ratio, ok := turnedRatio(m.SubsampleRatio, orientation); ok {
			return turnYCbCr(m, ratio, orientation)
		}
	case *image.Gray:
		b := m.Bounds()
		w, h := turnedSize(b.Dx(), b.Dy(), orientation)
		return &image.Gray{Pix: turn(m.Pix, m.Stride, b.Dx(), b.Dy(), plane{1, orientation}), Stride: w, Rect: image.Rect(0, 0, w, h)}
	}
	b := m.Bounds()
	rgba := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(rgba, rgba.Rect, m, b.Min, draw.Src)
	w, h := turnedSize(b.Dx(), b.Dy(), orientation)
	return &image.RGBA{Pix: turn(rgba.Pix, rgba.Stride, b.Dx(), b.Dy(), plane{4, orientation}), Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
}

// lies reports whether width and height change places.
func lies(orientation int) bool { return orientation >= 5 }

func turnedSize(w, h, orientation int) (int, int) {
	if lies(orientation) {
		return h, w
	}
	return w, h
}

// turnedRatio is how the colours of a turned picture are sampled; not every way has a name.
func turnedRatio(r image.YCbCrSubsampleRatio, orientation int) (image.YCbCrSubsampleRatio, bool) {
	if !lies(orientation) {
		return r, true
	}
	switch r {
	case image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio420:
		return r, true
	case image.YCbCrSubsampleRatio422:
		return image.YCbCrSubsampleRatio440, true
	case image.YCbCrSubsampleRatio440:
		return image.YCbCrSubsampleRatio422, true
	default:
		return r, false
	}
}

// turnYCbCr turns the three planes, which is a third of the memory of turning pixels.
func turnYCbCr(m *image.YCbCr, ratio image.YCbCrSubsampleRatio, orientation int) image.Image {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	tw, th := turnedSize(w, h, orientation)
	out := image.NewYCbCr(image.Rect(0, 0, tw, th), ratio)
	// A picture at its start is what the decoder makes; its planes are as large as those of a new one.
	like := image.NewYCbCr(image.Rect(0, 0, w, h), m.SubsampleRatio)
	cw, ch := like.CStride, len(like.Cb)/max(1, like.CStride)
	out.Y = turn(m.Y[m.YOffset(m.Rect.Min.X, m.Rect.Min.Y):], m.YStride, w, h, plane{1, orientation})
	at := m.COffset(m.Rect.Min.X, m.Rect.Min.Y)
	out.Cb = turn(m.Cb[at:], m.CStride, cw, ch, plane{1, orientation})
	out.Cr = turn(m.Cr[at:], m.CStride, cw, ch, plane{1, orientation})
	return out
}

// plane is how one array of samples is turned: bytes a sample, orientation by EXIF.
type plane struct{ bytes, orientation int }

// turn copies w by h samples into their new places.
func turn(src []byte, stride, w, h int, p plane) []byte {
	tw, th := turnedSize(w, h, p.orientation)
	out := make([]byte, tw*th*p.bytes)
	for y := range h {
		row := src[y*stride:]
		for x := range w {
			tx, ty := p.place(x, y, w, h)
			copy(out[(ty*tw+tx)*p.bytes:][:p.bytes], row[x*p.bytes:])
		}
	}
	return out
}

// place is where a sample goes.
func (p plane) place(x, y, w, h int) (int, int) {
	switch p.orientation {
	case 2: // mirrored
		return w - 1 - x, y
	case 3: // upside down
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6: // to be turned right
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8: // to be turned left
		return y, w - 1 - x
	default:
		return x, y
	}
}
