package transport

import (
	"encoding/binary"
	"errors"
)

// maxFramesPerMessage bounds the frames (fragments, pings, pongs) that a client may send for one message. The library
// bounds only a message's bytes, and empty frames have none.
const maxFramesPerMessage = 64

var errFragments = errors.New("too many frames for one message")

// frameCounter follows the headers of the client's frames (RFC 6455, 5.2) in the bytes that pass by.
type frameCounter struct {
	header  [14]byte
	have    int    // bytes of header
	payload uint64 // bytes of payload still to pass
	frames  int    // since the last whole message
}

// pass looks at the next bytes and returns errFragments once there were too many frames.
func (f *frameCounter) pass(b []byte) error {
	for len(b) > 0 {
		if f.payload > 0 {
			n := min(f.payload, uint64(len(b)))
			f.payload -= n
			b = b[n:]
			continue
		}
		f.header[f.have] = b[0]
		f.have++
		b = b[1:]
		if f.have < 2 || f.have < f.size() {
			continue
		}
		if err := f.frame(); err != nil {
			return err
		}
	}
	return nil
}

// size is how long the header is, as its second byte says.
func (f *frameCounter) size() int {
	size := 2
	switch f.header[1] & 0x7f {
	case 126:
		size += 2
	case 127:
		size += 8
	}
	if f.header[1]&0x80 != 0 {
		size += 4
	}
	return size
}

// frame takes a whole header in.
func (f *frameCounter) frame() error {
	switch n := f.header[1] & 0x7f; n {
	case 126:
		f.payload = uint64(binary.BigEndian.Uint16(f.header[2:]))
	case 127:
		f.payload = binary.BigEndian.Uint64(f.header[2:])
	default:
		f.payload = uint64(n)
	}
	f.have = 0
	f.frames++
	const final, control = 0x80, 0x08
	if f.frames > maxFramesPerMessage {
		return errFragments
	}
	if f.header[0]&final != 0 && f.header[0]&control == 0 {
		f.frames = 0
	}
	return nil
}
