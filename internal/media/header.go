package media

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

var (
	// ErrTooManyPixels: the header promises more than may be decoded.
	ErrTooManyPixels = errors.New("too many pixels")
	// ErrDamaged: the file is not what it begins like.
	ErrDamaged = errors.New("image is damaged")
)

const (
	maxSide   = 30_000 // of an image: no camera and no screen comes near
	maxFrames = 1_000  // of an animation
	maxScans  = 64     // of a progressive JPEG; encoders make about ten, and each goes over the whole picture again
)

// Header is what an image says about itself before it is decoded.
type Header struct {
	Width, Height int
	Frames        int
	Pixels        int64 // of all frames
	// Cost is how many pixels of four bytes decoding and turning it hold in memory at most.
	Cost int64
	// Orientation by EXIF, 1 to 8; 1 is upright.
	Orientation int
}

// Inspect reads the header of an image of the type, and as much more as bounds what decoding it will cost. It decodes no
// pixel.
func Inspect(r io.Reader, kind string) (Header, error) {
	h := Header{Frames: 1, Orientation: 1}
	in := bufio.NewReaderSize(r, 32<<10)
	var err error
	switch kind {
	case JPEG:
		err = h.jpeg(in)
	case PNG:
		err = h.png(in)
	case GIF:
		err = h.gif(in)
	case WebP:
		var c image.Config
		c, err = webp.DecodeConfig(in)
		h.is(c.Width, c.Height)
		h.Cost *= 2 // transparency and its filters are planes of their own
	default:
		return h, fmt.Errorf("%w: %s is no image", ErrDamaged, kind)
	}
	switch {
	case errors.Is(err, ErrTooManyPixels):
		return h, err
	case err != nil:
		return h, fmt.Errorf("%w: %w", ErrDamaged, err)
	case h.Width < 1 || h.Height < 1:
		return h, fmt.Errorf("%w: no size", ErrDamaged)
	case h.Width > maxSide || h.Height > maxSide || h.Frames > maxFrames:
		return h, ErrTooManyPixels
	}
	return h, nil
}

func (h *Header) is(width, height int) {
	h.Width, h.Height = width, height
	h.Pixels = int64(width) * int64(height)
	h.Cost = h.Pixels
}

const interlaceAt = 28 // the last byte of a PNG's first chunk

func (h *Header) png(in *bufio.Reader) error {
	head, err := in.Peek(interlaceAt + 1)
	if err != nil {
		return err
	}
	c, err := png.DecodeConfig(in)
	if err != nil {
		return err
	}
	h.is(c.Width, c.Height)
	if deep(c.ColorModel) {
		h.Cost *= 2 // 16 bits a channel
	}
	if head[interlaceAt] != 0 {
		h.Cost *= 2 // each pass is a picture of its own
	}
	return nil
}

// JPEG: markers are ff and a byte; most are followed by a segment with its length.
const (
	markerSOI  = 0xd8
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerAPP1 = 0xe1
)

func frameMarker(m byte) bool { return m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc }

func standsAlone(m byte) bool { return m == 0 || m == 1 || m >= 0xd0 && m <= markerSOI }

// jpeg walks all markers, because each scan of a progressive picture costs a pass over all of it.
func (h *Header) jpeg(in *bufio.Reader) error {
	scans := 0
	for {
		m, err := nextMarker(in)
		if err == io.EOF && scans > 0 { //nolint:errorlint // the bare value, as readers return it
			return nil // a picture that was cut off; the decoder says what that means
		}
		switch {
		case err != nil:
			return err
		case m == markerEOI:
			return nil
		case standsAlone(m):
			continue
		case m == markerSOS:
			if scans++; scans > maxScans { // the data after its segment has no length: the next marker ends it
				return ErrTooManyPixels
			}
		}
		if err := h.jpegSegment(in, m); err != nil {
			return err
		}
	}
}

// nextMarker reads up to the byte after the next ff that is not filling.
func nextMarker(in *bufio.Reader) (byte, error) {
	for {
		if _, err := in.ReadSlice(0xff); errors.Is(err, bufio.ErrBufferFull) {
			continue
		} else if err != nil {
			return 0, err
		}
		for {
			b, err := in.ReadByte()
			if err != nil {
				return 0, err
			}
			if b == 0xff {
				continue
			}
			return b, nil
		}
	}
}

func (h *Header) jpegSegment(in *bufio.Reader, m byte) error {
	var size [2]byte
	if _, err := io.ReadFull(in, size[:]); err != nil {
		return err
	}
	n := int(binary.BigEndian.Uint16(size[:])) - 2
	switch {
	case n < 0:
		return errors.New("segment without length")
	case !frameMarker(m) && m != markerAPP1:
		_, err := in.Discard(n)
		return err
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(in, data); err != nil {
		return err
	}
	if m == markerAPP1 {
		if o := exifOrientation(data); o != 0 {
			h.Orientation = o
		}
		return nil
	}
	return h.jpegFrame(data, m)
}

// jpegFrame reads size and sampling. A progressive picture is held as coefficients of four bytes besides its samples.
func (h *Header) jpegFrame(data []byte, m byte) error {
	const (
		head        = 6
		component   = 3
		progressive = 0xc2
		cmyk        = 4
	)
	if len(data) < head || len(data) < head+component*int(data[5]) {
		return errors.New("frame without size")
	}
	height, width := int(binary.BigEndian.Uint16(data[1:])), int(binary.BigEndian.Uint16(data[3:]))
	samples, largest := int64(0), int64(1)
	for i := range int(data[5]) {
		s := data[head+component*i+1]
		n := int64(s>>4) * int64(s&15)
		samples, largest = samples+n, max(largest, n)
	}
	if int64(width)*int64(height) < h.Pixels {
		return nil
	}
	h.is(width, height)
	bytesEach := int64(2) // decoded, and turned
	if m == progressive {
		bytesEach += 4
	}
	if data[5] == cmyk {
		bytesEach++
	}
	h.Cost = max(1, h.Pixels*samples*bytesEach/largest/4)
	return nil
}

// exifOrientation finds the orientation in an APP1 segment; 0 when there is none.
func exifOrientation(data []byte) int {
	const (
		intro   = "Exif\x00\x00"
		tag     = 0x0112
		entries = 12
	)
	if len(data) < len(intro)+8 || string(data[:len(intro)]) != intro {
		return 0
	}
	tiff := data[len(intro):]
	var order binary.ByteOrder = binary.LittleEndian
	if string(tiff[:2]) == "MM" {
		order = binary.BigEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 0
	}
	count := int(order.Uint16(tiff[at:]))
	rest := tiff[at+2:]
	for ; count > 0 && len(rest) >= entries; count, rest = count-1, rest[entries:] {
		if order.Uint16(rest) != tag {
			continue
		}
		if o := int(order.Uint16(rest[8:])); o >= 1 && o <= 8 {
			return o
		}
	}
	return 0
}
