package demo

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"pronto/transport/whatsapp/fake"
)

// whatsAppAPI is the account at the provider, as the channel is configured with it.
type whatsAppAPI struct {
	number, accessToken, appSecret, verifyToken string
	url                                         string
}

// provider is the fake WhatsApp on loopback.
type provider struct {
	api      whatsAppAPI
	fake     *fake.Provider
	listener net.Listener
	server   *http.Server
	done     chan struct{}
}

// listenProvider takes the port; requests are answered from open on.
func listenProvider(seed uint64) (*provider, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the provider: %w", err)
	}
	return &provider{listener: l, done: make(chan struct{}), api: whatsAppAPI{
		number: "100200300", accessToken: password(seed, "access token"), appSecret: password(seed, "app secret"),
		verifyToken: password(seed, "verify token"), url: "http://" + l.Addr().String(),
	}}, nil
}

const headerTimeout = 5 * time.Second

// open begins to answer, and sends webhooks to the channel.
func (p *provider) open(base, channel string, c *http.Client) {
	p.fake = fake.New(fake.Options{
		PhoneNumberID: p.api.number, AccessToken: p.api.accessToken, AppSecret: p.api.appSecret, Client: c,
		WebhookURL: base + "/api/v1/channels/" + channel + "/whatsapp",
	})
	p.server = &http.Server{Handler: p.fake, ReadHeaderTimeout: headerTimeout}
	go func() {
		defer close(p.done)
		_ = p.server.Serve(p.listener) // ends with close, which tells nothing new
	}()
}

func (p *provider) close() error {
	if p.server == nil {
		return p.listener.Close()
	}
	err := p.server.Close()
	<-p.done
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
