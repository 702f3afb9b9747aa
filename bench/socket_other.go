//go:build !linux

package bench

import (
	"context"
	"net"
)

// dialTCP connects to a server; network and address are those of net.Dial.
func dialTCP(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{Timeout: answerTime}).DialContext(ctx, network, address)
}
