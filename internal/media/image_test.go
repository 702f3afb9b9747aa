package media_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"strings"
	"testing"

	"pronto/internal/media"
)

const maxPixels = 4 << 20

func studio() *media.Studio { return media.NewStudio(4 * maxPixels) }

// quarters is a picture whose quarters are red, green, blue and white, by rows.
func quarters(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, quarter(x < w/2, y < h/2))
		}
	}
	return m
}

func quarter(left, top bool) color.Color {
	switch {
	case left && top:
		return color.RGBA{255, 0, 0, 255}
	case top:
		return color.RGBA{0, 255, 0, 255}
	case left:
		return color.RGBA{0, 0, 255, 255}
	default:
		return color.White
	}
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withEXIF puts an EXIF segment with an orientation and a place into a JPEG.
func withEXIF(raw []byte, orientation byte, order binary.ByteOrder) []byte {
	tiff := []byte("II*\x00\x08\x00\x00\x00")
	if order == binary.BigEndian {
		tiff = []byte("MM\x00*\x00\x00\x00\x08")
	}
	entry := func(tag, kind uint16, n uint32, value []byte) []byte {
		e := make([]byte, 8)
		order.PutUint16(e, tag)
		order.PutUint16(e[2:], kind)
		order.PutUint32(e[4:], n)
		return append(e, value...)
	}
	short := make([]byte, 4)
	order.PutUint16(short, uint16(orientation))
	count := make([]byte, 2)
	order.PutUint16(count, 2)
	tiff = append(tiff, count...)
	tiff = append(tiff, entry(0x010e, 2, 4, []byte("GPS!"))...)
	tiff = append(tiff, entry(0x0112, 3, 1, short)...)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	segment = append(segment, "lugar-secreto"...)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(segment)+2))
	return slicesJoin(raw[:2], head, segment, raw[2:])
}

func slicesJoin(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func redraw(t testing.TB, raw []byte, kind string) (image.Image, media.Picture, []byte, error) {
	t.Helper()
	var out bytes.Buffer
	p, err := studio().Redraw(t.Context(), bytes.NewReader(raw), kind, &out, maxPixels)
	if err != nil {
		return nil, p, nil, err
	}
	m, format, err := image.Decode(bytes.NewReader(out.Bytes()))
	if err != nil || "image/"+format != p.Type {
		t.Fatalf("%s: what was drawn is %q: %v", p.Type, format, err)
	}
	small, format, err := image.Decode(bytes.NewReader(p.Thumbnail))
	if err != nil || "image/"+format != p.ThumbnailType {
		t.Fatalf("thumbnail %s is %q: %v", p.ThumbnailType, format, err)
	}
	if b := small.Bounds(); b.Dx() > media.ThumbnailSide || b.Dy() > media.ThumbnailSide {
		t.Errorf("thumbnail of %v", b)
	}
	if b := m.Bounds(); b.Dx() != p.Width || b.Dy() != p.Height {
		t.Errorf("says %d by %d, is %v", p.Width, p.Height, b)
	}
	return m, p, out.Bytes(), nil
}

// near compares colours as a lossy encoding leaves them.
func near(a, b color.Color) bool {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	d := func(x, y uint32) bool { return max(x, y)-min(x, y) < 0x3000 }
	return d(r1, r2) && d(g1, g2) && d(b1, b2)
}

func TestAPhotoIsTurnedUprightAndLosesItsMetadata(t *testing.T) {
	// The corner at which the red quarter (top left as stored) is to be seen, by the eight orientations.
	left := []bool{true, false, false, true, true, false, false, true}
	top := []bool{true, true, false, false, true, true, false, false}
	gray := image.NewGray(image.Rect(0, 0, 60, 40))
	for y := range 20 {
		for x := range 30 {
			gray.SetGray(x, y, color.Gray{200})
		}
	}
	for o := byte(1); o <= 8; o++ {
		for name, order := range map[string]binary.ByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian} {
			raw := withEXIF(asJPEG(t, quarters(60, 40)), o, order)
			m, p, out, err := redraw(t, raw, media.JPEG)
			if err != nil {
				t.Fatalf("orientation %d: %v", o, err)
			}
			w, h := 60, 40
			if o >= 5 {
				w, h = 40, 60
			}
			if p.Width != w || p.Height != h || p.Type != media.JPEG {
				t.Errorf("orientation %d, %s: %+v", o, name, p)
			}
			x, y := w/4, h/4
			if !left[o-1] {
				x = 3 * w / 4
			}
			if !top[o-1] {
				y = 3 * h / 4
			}
			if !near(m.At(x, y), color.RGBA{255, 0, 0, 255}) {
				t.Errorf("orientation %d, %s: at %d,%d is %v", o, name, x, y, m.At(x, y))
			}
			for _, part := range [][]byte{out, p.Thumbnail} {
				if bytes.Contains(part, []byte("lugar-secreto")) || bytes.Contains(part, []byte("Exif")) {
					t.Errorf("orientation %d: metadata is kept", o)
				}
			}
		}
		if m, p, _, err := redraw(t, withEXIF(asJPEG(t, gray), o, binary.BigEndian), media.JPEG); err != nil || p.Type != media.JPEG || m.ColorModel() != color.GrayModel {
			t.Errorf("gray, orientation %d: %v", o, err)
		}
	}
}

func TestEachSamplingIsTurned(t *testing.T) {
	for _, ratio := range []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio440,
		image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410,
	} {
		for _, size := range []image.Point{{64, 48}, {33, 21}} {
			m := image.NewYCbCr(image.Rectangle{Max: size}, ratio)
			for y := range size.Y {
				for x := range size.X {
					c := color.YCbCrModel.Convert(quarter(x < size.X/2, y < size.Y/2)).(color.YCbCr)
					m.Y[m.YOffset(x, y)], m.Cb[m.COffset(x, y)], m.Cr[m.COffset(x, y)] = c.Y, c.Cb, c.Cr
				}
			}
			turned := media.Upright(m, 6)
			b := turned.Bounds()
			if b.Dx() != size.Y || b.Dy() != size.X || !near(turned.At(b.Dx()*7/8, b.Dy()/8), color.RGBA{255, 0, 0, 255}) {
				t.Errorf("%v %v: %v, %v", ratio, size, b, turned.At(b.Dx()*7/8, b.Dy()/8))
			}
		}
	}
}

func TestTransparencyStaysAndWhatIsOpaqueIsSmall(t *testing.T) {
	clear := image.NewNRGBA(image.Rect(0, 0, 2000, 1500))
	for i := range clear.Pix {
		clear.Pix[i] = byte(i % 200)
	}
	m, p, _, err := redraw(t, asPNG(t, clear), media.PNG)
	if err != nil || p.Type != media.PNG || p.ThumbnailType != media.PNG {
		t.Fatalf("%+v %v", p, err)
	}
	if got, want := color.NRGBAModel.Convert(m.At(7, 7)), color.NRGBAModel.Convert(clear.At(7, 7)); got != want {
		t.Errorf("pixel %v, not %v", got, want)
	}
	_, p, _, err = redraw(t, asPNG(t, quarters(1000, 500)), media.PNG)
	if err != nil || p.Type != media.PNG || p.ThumbnailType != media.JPEG {
		t.Errorf("%+v %v", p, err)
	}
	small, _, _ := image.Decode(bytes.NewReader(p.Thumbnail))
	if b := small.Bounds(); b.Dx() != 320 || b.Dy() != 160 || !near(small.At(20, 20), color.RGBA{255, 0, 0, 255}) {
		t.Errorf("thumbnail %v %v", b, small.At(20, 20))
	}
}

func animation(t testing.TB, frames, side int) []byte {
	t.Helper()
	g := &gif.GIF{LoopCount: 3}
	for i := range frames {
		m := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.Black, color.White, color.RGBA{255, 0, 0, 255}})
		m.Pix[0] = byte(i % 3)
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, i+5)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, g); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAnAnimationKeepsItsPictures(t *testing.T) {
	raw := bytes.Replace(animation(t, 5, 50), []byte{0x21, 0xf9}, append([]byte{0x21, 0xfe, 7}, "segredo\x00\x21\xf9"...), 1)
	_, p, out, err := redraw(t, raw, media.GIF)
	if err != nil || p.Type != media.GIF {
		t.Fatalf("%+v %v", p, err)
	}
	got, err := gif.DecodeAll(bytes.NewReader(out))
	if err != nil || len(got.Image) != 5 || got.Delay[4] != 9 || got.LoopCount != 3 || bytes.Contains(out, []byte("segredo")) {
		t.Errorf("%d pictures, %v", len(got.Image), err)
	}
}

// The smallest files of each kind of WebP.
const (
	lossy    = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"
	alpha    = "UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA=="
	animated = "UklGRlIAAABXRUJQVlA4WAoAAAASAAAAAAAAAAAAQU5JTQYAAAD/////AABBTk1GJgAAAAAAAAAAAAAAAAAAAGQAAABWUDhMDQAAAC8AAAAQBxAREYiI/gcA"
)

func from64(t testing.TB, s string) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// plainWebP is a lossless WebP of one colour: every code has one symbol, so that no pixel takes a bit.
func plainWebP(w, h int) []byte {
	bits, n := []byte{0x2f}, 0
	put := func(v uint32, count int) {
		for i := range count {
			if n%8 == 0 {
				bits = append(bits, 0)
			}
			bits[len(bits)-1] |= byte(v>>i&1) << (n % 8)
			n++
		}
	}
	put(uint32(w-1), 14)
	put(uint32(h-1), 14)
	put(0, 4) // no transparency, version 0
	put(0, 3) // no transform, no cache of colours, no groups
	for _, symbol := range []uint32{200, 30, 10, 255, 0} {
		put(1, 1) // simple code
		put(0, 1) // of one symbol
		put(1, 1) // in eight bits
		put(symbol, 8)
	}
	if len(bits)%2 == 1 {
		bits = append(bits, 0)
	}
	out := append([]byte("RIFF\x00\x00\x00\x00WEBPVP8L"), binary.LittleEndian.AppendUint32(nil, uint32(len(bits)))...)
	out = append(out, bits...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// animate makes an animation of the chunks of a still picture.
func animate(still []byte, w, h int) []byte {
	size := func(b []byte, v int) { b[0], b[1], b[2] = byte(v-1), byte((v-1)>>8), byte((v-1)>>16) }
	extended := make([]byte, 10)
	extended[0] = 1<<1 | 1<<4
	size(extended[4:], w)
	size(extended[7:], h)
	frame := make([]byte, 16)
	size(frame[6:], w)
	size(frame[9:], h)
	frame = append(frame, still...)
	chunk := func(name string, data []byte) []byte {
		return slicesJoin([]byte(name), binary.LittleEndian.AppendUint32(nil, uint32(len(data))), data, make([]byte, len(data)%2))
	}
	body := slicesJoin([]byte("WEBP"), chunk("VP8X", extended), chunk("ANIM", make([]byte, 6)), chunk("ANMF", frame), chunk("ANMF", frame))
	return slicesJoin([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body))), body)
}

func TestAWebPBecomesWhatEverybodyShows(t *testing.T) {
	for name, c := range map[string]struct {
		raw  []byte
		want string
		side int
	}{
		"lossy": {from64(t, lossy), media.JPEG, 1}, "with transparency": {from64(t, alpha), media.PNG, 1},
		"animated": {from64(t, animated), media.PNG, 1}, "lossless": {plainWebP(70, 70), media.PNG, 70},
		"animated, lossless":          {animate(plainWebP(70, 70)[12:], 70, 70), media.PNG, 70},
		"animated, lossy":             {animate(from64(t, lossy)[12:], 1, 1), media.JPEG, 1},
		"animated, with transparency": {animate(from64(t, alpha)[30:], 1, 1), media.PNG, 1},
	} {
		m, p, _, err := redraw(t, c.raw, media.WebP)
		if err != nil || p.Type != c.want || p.Width != c.side || p.Height != c.side {
			t.Errorf("%s: %+v, %v", name, p, err)
			continue
		}
		if c.side > 1 && !near(m.At(5, 5), color.RGBA{30, 200, 10, 255}) {
			t.Errorf("%s: %v", name, m.At(5, 5))
		}
	}
}

// bigPNG is a small file that says it is w by h.
func bigPNG(t testing.TB, w, h uint32, interlaced bool) []byte {
	raw := bytes.Clone(asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1))))
	binary.BigEndian.PutUint32(raw[16:], w)
	binary.BigEndian.PutUint32(raw[20:], h)
	if interlaced {
		raw[28] = 1
	}
	binary.BigEndian.PutUint32(raw[29:], crc32.ChecksumIEEE(raw[12:29]))
	return raw
}

// bigJPEG is a small file that says it is w by h.
func bigJPEG(t testing.TB, w, h uint16) []byte {
	raw := asJPEG(t, quarters(16, 16))
	at := bytes.Index(raw, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(raw[at+5:], h)
	binary.BigEndian.PutUint16(raw[at+7:], w)
	return raw
}

// manyScans repeats a JPEG's scan.
func manyScans(t testing.TB, n int) []byte {
	raw := asJPEG(t, image.NewGray(image.Rect(0, 0, 8, 8)))
	at := bytes.Index(raw, []byte{0xff, 0xda})
	scan := raw[at : len(raw)-2]
	return slicesJoin(raw[:at], bytes.Repeat(scan, n), raw[len(raw)-2:])
}

func TestABombIsRefusedBeforeItIsDecoded(t *testing.T) {
	for name, c := range map[string]struct {
		raw  []byte
		kind string
	}{
		"PNG of many pixels": {bigPNG(t, 60000, 20000, false), media.PNG}, "PNG with a long side": {bigPNG(t, 40000, 1, false), media.PNG},
		"PNG just over": {bigPNG(t, 2048, 2049, false), media.PNG}, "JPEG of many pixels": {bigJPEG(t, 65000, 65000), media.JPEG},
		"JPEG of many scans": {manyScans(t, 65), media.JPEG}, "WebP of many pixels": {plainWebP(16384, 16384), media.WebP},
		"animated WebP of many pixels": {animate(plainWebP(16384, 16384)[12:], 16384, 16384), media.WebP},
		"GIF of many pictures":         {animation(t, 1001, 1), media.GIF}, "GIF of many pixels": {animation(t, 300, 120), media.GIF},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, _, _, err := redraw(t, c.raw, c.kind); !errors.Is(err, media.ErrTooManyPixels) {
			t.Errorf("%s (%d bytes): %v", name, len(c.raw), err)
		}
		runtime.ReadMemStats(&after)
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1<<20 {
			t.Errorf("%s: %d bytes were allocated", name, allocated)
		}
	}
}

func TestAPictureThatFitsTheLimitButNotTheMemoryIsRefused(t *testing.T) {
	small := media.NewStudio(1000)
	deep := asPNG(t, image.NewNRGBA64(image.Rect(0, 0, 30, 30)))
	if _, err := small.Redraw(t.Context(), bytes.NewReader(deep), media.PNG, io.Discard, maxPixels); !errors.Is(err, media.ErrTooManyPixels) {
		t.Errorf("16 bits a channel: %v", err)
	}
	flat := asPNG(t, image.NewNRGBA(image.Rect(0, 0, 30, 30)))
	if _, err := small.Redraw(t.Context(), bytes.NewReader(flat), media.PNG, io.Discard, maxPixels); err != nil {
		t.Errorf("8 bits: %v", err)
	}
}

func TestWhatIsNotWhatItBeginsLikeIsDamaged(t *testing.T) {
	whole := map[string][]byte{
		media.JPEG: asJPEG(t, quarters(64, 64)), media.PNG: asPNG(t, quarters(64, 64)), media.GIF: animation(t, 3, 64), media.WebP: plainWebP(64, 64),
	}
	for kind, raw := range whole {
		for _, part := range [][]byte{raw[:len(raw)/2], raw[:13], {}, append(bytes.Clone(raw[:16]), strings.Repeat("\xaa", 400)...)} {
			if _, _, _, err := redraw(t, part, kind); !errors.Is(err, media.ErrDamaged) && !errors.Is(err, media.ErrTooManyPixels) {
				t.Errorf("%s, %d bytes: %v", kind, len(part), err)
			}
		}
	}
	if _, err := media.Inspect(strings.NewReader("x"), "application/pdf"); !errors.Is(err, media.ErrDamaged) {
		t.Errorf("no image: %v", err)
	}
}

func TestARequestThatEndsStopsTheDrawing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	src := &stopping{Reader: bytes.NewReader(asPNG(t, noise(400, 400))), stop: cancel, after: 3}
	if _, err := studio().Redraw(ctx, src, media.PNG, io.Discard, maxPixels); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	// What was being decoded has given its memory back.
	s := media.NewStudio(maxPixels)
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		src := &stopping{Reader: bytes.NewReader(asPNG(t, noise(400, 400))), stop: cancel, after: 3}
		_, _ = s.Redraw(ctx, src, media.PNG, io.Discard, maxPixels)
	}
	if _, err := s.Redraw(t.Context(), bytes.NewReader(asPNG(t, quarters(2000, 2000))), media.PNG, io.Discard, maxPixels); err != nil {
		t.Errorf("after that: %v", err)
	}
}

// noise does not compress, so that reading it takes many reads.
func noise(w, h int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	state := uint32(1)
	for i := range m.Pix {
		state = state*1664525 + 1013904223
		m.Pix[i] = byte(state >> 24)
	}
	return m
}

// stopping cancels after so many reads.
type stopping struct {
	*bytes.Reader
	stop  context.CancelFunc
	after int
}

func (s *stopping) Read(p []byte) (int, error) {
	if s.after--; s.after == 0 {
		s.stop()
	}
	return s.Reader.Read(p[:min(len(p), 4096)])
}

func FuzzImage(f *testing.F) {
	add := func(kind int, raw []byte) { f.Add(kind, raw) }
	add(0, asJPEG(f, quarters(16, 16)))
	add(0, withEXIF(asJPEG(f, quarters(16, 8)), 6, binary.BigEndian))
	add(0, manyScans(f, 5))
	add(1, asPNG(f, quarters(16, 16)))
	add(1, bigPNG(f, 100, 100, true))
	add(2, animation(f, 3, 16))
	add(3, plainWebP(16, 16))
	add(3, from64(f, lossy))
	add(3, from64(f, alpha))
	add(3, from64(f, animated))
	add(3, animate(from64(f, alpha)[30:], 1, 1))
	kinds := []string{media.JPEG, media.PNG, media.GIF, media.WebP}
	s := media.NewStudio(1 << 18)
	f.Fuzz(func(t *testing.T, kind int, raw []byte) {
		k := kinds[uint(kind)%4]
		h, err := media.Inspect(bytes.NewReader(raw), k)
		if err == nil && (h.Width < 1 || h.Height < 1 || h.Cost < 0 || h.Orientation < 1 || h.Orientation > 8) {
			t.Errorf("%+v", h)
		}
		var out bytes.Buffer
		p, err := s.Redraw(t.Context(), bytes.NewReader(raw), k, &out, 1<<16)
		if err != nil {
			return
		}
		m, _, err := image.Decode(&out)
		if err != nil || m.Bounds().Dx() != p.Width || m.Bounds().Dy() != p.Height || len(p.Thumbnail) == 0 {
			t.Errorf("%s: %+v %v", k, p, err)
		}
	})
}
