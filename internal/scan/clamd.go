package scan

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// Clamd is ClamAV's daemon. Nothing but the stream goes to it: it need not see our files.
type Clamd struct{ Network, Address string }

const (
	clamdChunk  = 64 << 10
	clamdAnswer = 4 << 10 // bytes; an answer is a line
)

// Scan streams the file with the command INSTREAM: chunks with their length, then one of no length.
func (c Clamd) Scan(ctx context.Context, file io.Reader) (Verdict, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, c.Network, c.Address)
	if err != nil {
		return Verdict{}, fmt.Errorf("reach clamd: %w", err)
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // ends reads and writes
	defer stop()
	sent := instream(conn, file)
	var bad readError
	if errors.As(sent, &bad) {
		return Verdict{}, bad.error
	}
	// clamd that has had enough answers and hangs up, so the answer outranks the error of sending.
	line, err := bufio.NewReader(io.LimitReader(conn, clamdAnswer)).ReadString(0)
	if err != nil {
		return Verdict{}, fmt.Errorf("ask clamd: %w", errors.Join(sent, err, ctx.Err()))
	}
	return judge(strings.TrimSuffix(line, "\x00"))
}

// readError is one of the file, not of the connection.
type readError struct{ error }

func instream(conn io.Writer, file io.Reader) error {
	if _, err := io.WriteString(conn, "zINSTREAM\x00"); err != nil {
		return err
	}
	frame := make([]byte, 4+clamdChunk)
	for {
		n, err := io.ReadFull(file, frame[4:])
		if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) { //nolint:errorlint // the bare value, as ReadFull returns it
			return readError{fmt.Errorf("read file: %w", err)}
		}
		binary.BigEndian.PutUint32(frame, uint32(n))
		if _, err := conn.Write(frame[:4+n]); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}

// judge reads clamd's answer.
func judge(line string) (Verdict, error) {
	switch {
	case line == "stream: OK":
		return Verdict{}, nil
	case strings.HasPrefix(line, "stream: ") && strings.HasSuffix(line, " FOUND"):
		return Verdict{Infected: true, Name: strings.TrimSuffix(strings.TrimPrefix(line, "stream: "), " FOUND")}, nil
	case strings.Contains(line, "size limit exceeded"):
		return Verdict{}, fmt.Errorf("%w: larger than clamd takes", ErrUnfit)
	default:
		return Verdict{}, fmt.Errorf("clamd answered something else than a verdict")
	}
}
