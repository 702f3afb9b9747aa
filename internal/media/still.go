package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

const (
	chunkHead  = 8  // name and length
	frameHead  = 16 // of an ANMF chunk, before its own chunks
	maxWebP    = 128 << 20
	alphaFlag  = 1 << 4
	formHeader = 12 // RIFF, length, WEBP
)

// still returns a WebP file that shows the first picture of an animation: a file without one is returned as it is. The
// decoder knows no animations.
func still(r io.ReadSeeker) (io.Reader, error) {
	if _, err := r.Seek(formHeader, io.SeekStart); err != nil {
		return nil, err
	}
	for {
		name, size, err := nextChunk(r)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if name == "ANMF" {
			return firstFrame(io.LimitReader(r, int64(size)))
		}
		if _, err := r.Seek(int64(size)+int64(size&1), io.SeekCurrent); err != nil {
			return nil, err
		}
	}
	_, err := r.Seek(0, io.SeekStart)
	return r, err
}

func nextChunk(r io.Reader) (name string, size uint32, err error) {
	var head [chunkHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", 0, err
	}
	size = binary.LittleEndian.Uint32(head[4:])
	if size > maxWebP {
		return "", 0, ErrDamaged
	}
	return string(head[:4]), size, nil
}

// firstFrame makes a file of its own of a frame's chunks.
func firstFrame(frame io.Reader) (io.Reader, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(frame, head[:]); err != nil {
		return nil, ErrDamaged
	}
	chunks, err := io.ReadAll(frame)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString("RIFF\x00\x00\x00\x00WEBP")
	if bytes.HasPrefix(chunks, []byte("ALPH")) {
		extended := make([]byte, 10)
		extended[0] = alphaFlag
		copy(extended[4:], head[6:12]) // width and height less one, as a frame has them
		out.WriteString("VP8X\x0a\x00\x00\x00")
		out.Write(extended)
	}
	out.Write(chunks)
	raw := out.Bytes()
	binary.LittleEndian.PutUint32(raw[4:], uint32(len(raw)-chunkHead))
	return bytes.NewReader(raw), nil
}
