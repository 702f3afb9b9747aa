package app

import (
	"fmt"
	"path"
	"time"

	"pronto/internal/shed"
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
	HugePages       bool          `help:"Ask Linux for pages of 2 MiB for the heap: less CPU time. Where memory is short or scattered, getting one can take milliseconds." default:"true" negatable:"" env:"PRONTO_HUGE_PAGES"`
	BenchToken      Secret        `help:"Lets load generators that show this token load the server (pronto bench --server), which fills it with conversations; nobody may by default. At least 16 characters." placeholder:"TOKEN" env:"PRONTO_BENCH_TOKEN"`
	Idle            time.Duration `help:"How long quiet conversations stay in memory." default:"1m" env:"PRONTO_IDLE"`
	DrainTime       time.Duration `help:"How long a stop may take to let sessions and requests end." default:"10s" env:"PRONTO_DRAIN_TIME"`
	Backups         string        `help:"Folder for backups that are asked for over the API; backups in the data folder by default. Put it on another disk." env:"PRONTO_BACKUPS"`
	PublicURL       string        `help:"Address of this server as others reach it; with it, channels get links to files." placeholder:"URL" env:"PRONTO_PUBLIC_URL"`
	TimeZone        string        `help:"Time zone of documents for people, by its IANA name." default:"UTC" env:"PRONTO_TIME_ZONE"`
	MinFreeBytes    uint64        `help:"Below so much free disk space the server is read-only; 0: 2 GiB." env:"PRONTO_MIN_FREE_BYTES"`
	Version         string        `kong:"-"` // of the program
	Tool            bool          `kong:"-"` // it serves nobody: nobody is woken, and nothing sent, delivered or swept
	Existing        bool          `kong:"-"` // no store is made in a data folder that has none
	Places          int           `kong:"-"` // of refusable work at once; 0: by what the cores have time for
	Keep            int           `kong:"-"` // quiet conversations in memory; 0: by the memory's limit
	MinFreePercent  uint64        `help:"Below so much free disk space, in percent, the server is read-only; 0: 5." env:"PRONTO_MIN_FREE_PERCENT"`

	Attachments AttachmentConfig `embed:"" prefix:"attachments-" envprefix:"PRONTO_ATTACHMENTS_"`
}

// AttachmentConfig is where the files of messages are kept.
type AttachmentConfig struct {
	Driver      string `help:"Where files are kept: disk, below the data folder, or s3." default:"disk" enum:"disk,s3" env:"DRIVER"`
	S3Endpoint  string `name:"s3-endpoint" help:"S3: host and port of the server." placeholder:"HOST[:PORT]" env:"S3_ENDPOINT"`
	S3Bucket    string `name:"s3-bucket" help:"S3: bucket; it must exist." env:"S3_BUCKET"`
	S3Prefix    string `name:"s3-prefix" help:"S3: what the names of objects begin with." env:"S3_PREFIX"`
	S3Region    string `name:"s3-region" help:"S3: region; asked of the server when empty." env:"S3_REGION"`
	S3AccessKey string `name:"s3-access-key" help:"S3: access key." env:"S3_ACCESS_KEY"`
	S3SecretKey Secret `name:"s3-secret-key" help:"S3: secret key." env:"S3_SECRET_KEY"`
	S3Plain     bool   `name:"s3-plain" help:"S3: http instead of https." env:"S3_PLAIN"`

	Scan        string        `help:"Who looks into files for malware: none, clamd or http." default:"none" enum:"none,clamd,http" env:"SCAN"`
	ScanAddress string        `help:"clamd: host:port or unix:PATH. http: the URL that files are posted to." placeholder:"ADDR" env:"SCAN_ADDRESS"`
	ScanToken   Secret        `help:"http: bearer token for the scanner." env:"SCAN_TOKEN"`
	ScanTimeout time.Duration `help:"How long looking into one file may take." default:"1m" env:"SCAN_TIMEOUT"`
}

// bucket names where the files are; empty: on the disk.
func (c *AttachmentConfig) bucketName() string {
	if c.Driver != "s3" {
		return ""
	}
	return fmt.Sprintf("the bucket %s of %s", path.Join(c.S3Bucket, c.S3Prefix), c.S3Endpoint)
}

// line is what may be done at once of work that may be refused.
func (c *Config) line() shed.Options {
	if c.Places > 0 {
		return shed.Options{Places: c.Places, Memory: shed.OfLimit()}
	}
	return shed.Options{Places: shed.LeastPlaces(), Most: shed.MostPlaces(), Cores: shed.WatchCores(), Memory: shed.OfLimit()}
}

// Secret is a text of the configuration that nothing prints.
type Secret string

const masked = "***"

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return masked
}

// GoString keeps %#v from showing it.
func (s Secret) GoString() string { return s.String() }

// MarshalText keeps JSON and YAML from showing it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }
