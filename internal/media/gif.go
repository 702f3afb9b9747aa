package media

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

const (
	gifExtension = 0x21
	gifImage     = 0x2c
	gifTrailer   = 0x3b
	gifTable     = 0x80 // flag: a table of colours follows
)

// gif walks the blocks: the screen's size says nothing about how many pictures there are.
func (h *Header) gif(in *bufio.Reader) error {
	var head [13]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return err
	}
	if s := string(head[:6]); s != "GIF87a" && s != "GIF89a" {
		return errors.New("not a GIF")
	}
	width, height := int(binary.LittleEndian.Uint16(head[6:])), int(binary.LittleEndian.Uint16(head[8:]))
	if err := skipTable(in, head[10]); err != nil {
		return err
	}
	h.is(width, height)
	h.Frames, h.Pixels = 0, 0
	for {
		kind, err := in.ReadByte()
		switch {
		case err == io.EOF && h.Frames > 0, kind == gifTrailer && err == nil: //nolint:errorlint // the bare value, as readers return it
			return nil
		case err != nil:
			return err
		case kind == gifExtension:
			if _, err := in.ReadByte(); err != nil {
				return err
			}
		case kind == gifImage:
			if err := h.gifFrame(in); err != nil {
				return err
			}
		default:
			return errors.New("unknown block")
		}
		if err := skipBlocks(in); err != nil {
			return err
		}
	}
}

// gifFrame counts one picture, up to its data.
func (h *Header) gifFrame(in *bufio.Reader) error {
	var d [9]byte
	if _, err := io.ReadFull(in, d[:]); err != nil {
		return err
	}
	if h.Frames++; h.Frames > maxFrames {
		return ErrTooManyPixels
	}
	width, height := int64(binary.LittleEndian.Uint16(d[4:])), int64(binary.LittleEndian.Uint16(d[6:]))
	h.Pixels += width * height
	h.Cost += width * height / 4 // a byte for each pixel
	if err := skipTable(in, d[8]); err != nil {
		return err
	}
	_, err := in.ReadByte() // size of codes
	return err
}

func skipTable(in *bufio.Reader, flags byte) error {
	if flags&gifTable == 0 {
		return nil
	}
	_, err := in.Discard(3 << (flags&7 + 1))
	return err
}

func skipBlocks(in *bufio.Reader) error {
	for {
		n, err := in.ReadByte()
		if err != nil || n == 0 {
			return err
		}
		if _, err := in.Discard(int(n)); err != nil {
			return err
		}
	}
}
