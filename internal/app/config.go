package app

import (
	"time"
)

// Config is how a server is run. The tags make flags, environment variables (PRONTO_…) and keys of the YAML file.
type Config struct {
	Data   string `help:"Data folder; made when it does not exist." default:"./pronto-data" env:"PRONTO_DATA" type:"path"`
	Listen string `help:"Address to listen on." default:"127.0.0.1:8080" env:"PRONTO_LISTEN"`

	LogLevel string `help:"Least severe log line: debug, info, warn, error." default:"info" enum:"debug,info,warn,error" env:"PRONTO_LOG_LEVEL"`
	LogText  bool   `help:"Log for people instead of JSON." env:"PRONTO_LOG_TEXT"`

	AllowedOrigins  []string      `help:"Origins besides the server's own that browsers may come from, as scheme://host[:port]." env:"PRONTO_ALLOWED_ORIGINS"`
	AllowedNetworks []string      `help:"Private networks (CIDR) or hosts that requests to providers may reach; none by default." env:"PRONTO_ALLOWED_NETWORKS"`
	PlainCookies    bool          `help:"Session cookies also over plain HTTP on other hosts than localhost." env:"PRONTO_PLAIN_COOKIES"`
	Profile         string        `help:"Loopback address for Go's profiles (pprof); none by default." placeholder:"ADDR" env:"PRONTO_PROFILE"`
	Idle            time.Duration `help:"How long quiet conversations stay in memory." default:"1m" env:"PRONTO_IDLE"`
	DrainTime       time.Duration `help:"How long a stop may take to let sessions and requests end." default:"10s" env:"PRONTO_DRAIN_TIME"`
	MinFreeBytes    uint64        `help:"Below so much free disk space the server is read-only; 0: 2 GiB." env:"PRONTO_MIN_FREE_BYTES"`
	MinFreePercent  uint64        `help:"Below so much free disk space, in percent, the server is read-only; 0: 5." env:"PRONTO_MIN_FREE_PERCENT"`
}
