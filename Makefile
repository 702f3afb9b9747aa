# Targets with a "##" are listed by `make help`, which is also what a bare `make` does.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO ?= go
FUZZTIME ?= 10s
SEEDS ?= 2000
STEPS ?= 2000
SEED ?=
BASE ?= 1000000
# Results of loads name the commit.
LDFLAGS = -X main.commit=$(shell git describe --always --dirty --exclude '*' 2>/dev/null)
GOLANGCI ?= $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# Every Go folder of ours; a web project's dependencies may carry Go files of their own.
GOFILES = find . -name '*.go' -not -path '*/node_modules/*' -not -path './.git/*'

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## start Pronto with demo data and print a log-in
	$(GO) run ./cmd/pronto demo

.PHONY: build
build: ## build bin/pronto
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/pronto ./cmd/pronto

.PHONY: test
test: tools check race kill sim planted web-test ## everything a change must pass

# Tests read documents back with poppler's pdftotext and pdfinfo; those of the desk drive Chromium, whose pictures need a
# font with emoji; those of the peers start PostgreSQL and Redis on temporary folders. RUNLEVEL=1: what is installed starts
# nothing of its own.
.PHONY: tools
tools: ## install what tests use besides Go and Node (Debian and its like)
	@need=; command -v pdftotext >/dev/null && command -v pdfinfo >/dev/null || need="$$need poppler-utils"; \
	[ -n "$${PRONTO_CHROMIUM:-}" ] || [ -x /usr/bin/chromium ] || need="$$need chromium fonts-liberation"; \
	[ -e /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf ] || need="$$need fonts-noto-color-emoji"; \
	command -v redis-server >/dev/null || need="$$need redis-server"; \
	command -v ip >/dev/null || need="$$need iproute2"; \
	command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || need="$$need postgresql"; \
	[ -z "$$need" ] || { \
		command -v apt-get >/dev/null || { echo "install by hand:$$need (PRONTO_CHROMIUM names a chromium that is elsewhere)"; exit 1; }; \
		as=; [ "$$(id -u)" = 0 ] || as=sudo; \
		$$as apt-get update -q && $$as env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$need; }

# Node is not installed for you: distributions carry old ones.
.PHONY: node
node:
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "install Node 20.19 or newer, with npm: https://nodejs.org"; exit 1; }
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); if (a < 20 || (a === 20 && b < 19)) { console.error("Node " + process.versions.node + " is too old: 20.19 or newer is needed"); process.exit(1) }'

.PHONY: web-install
web-install: node
	@cd web && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci; }

.PHONY: web
web: node ## build the desk from its sources into web/dist, which is committed
	cd web && npm ci && npm run build

.PHONY: web-test
web-test: tools web-install ## the desk: types, lint, unit tests, and Chromium against the real binary
	cd web && npm test

.PHONY: check
check: ## formatting, vet and the rules about the code's shape (seconds)
	@bad=$$($(GOFILES) -print0 | xargs -0 gofmt -l); if [ -n "$$bad" ]; then echo "not formatted by gofmt:"; echo "$$bad"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags plantedbugs ./...
	$(GO) test ./internal/arch
	cd bench/peers && $(GO) vet ./... && $(GO) test ./...

# Of the simulator only a few seeds run here: they are single-threaded but for storage, and ten times as slow. `make sim` runs
# everything of it.
.PHONY: race
race: ## every test, under the race detector
	$(GO) test -race -timeout 40m $$($(GO) list ./... | grep -v '/internal/sim$$')
	PRONTO_SIM_SEEDS=10 $(GO) test -race -timeout 20m -run '^TestSeeds$$' ./internal/sim

# A -run that matches nothing passes, so the simulator's tests are looked up before they are run.
define exists
	@$(GO) test $(1) -list '^$(2)$$' ./internal/sim | grep -x '$(2)' >/dev/null || { echo "internal/sim has no $(2)"; exit 1; }
endef

.PHONY: sim
sim: ## simulate SEEDS runs of STEPS steps, or the one of SEED
	$(call exists,,TestSeeds)
	PRONTO_SIM_SEEDS='$(SEEDS)' PRONTO_SIM_STEPS='$(STEPS)' PRONTO_SIM_SEED='$(SEED)' \
		$(GO) test -count=1 -timeout 60m $(if $(SEED),-run '^TestSeeds$$') ./internal/sim

# Runs that take a while leave a line in docs/soak.md: what, when, on what, and what came of it.
.PHONY: soak
soak: SEEDS = 1000000
soak: STEPS = 200
soak: ## simulate a million SEEDS of STEPS steps from BASE on, at low priority, and note the result in docs/soak.md
	$(call exists,,TestSeeds)
	@.ci/noted 'simulator, $(SEEDS) seeds of $(STEPS) steps from $(BASE)' env PRONTO_SIM_SEEDS='$(SEEDS)' PRONTO_SIM_STEPS='$(STEPS)' PRONTO_SIM_BASE='$(BASE)' \
		$(GO) test -count=1 -v -timeout 24h -run '^TestSeeds$$' ./internal/sim

.PHONY: planted
planted: ## plant each known bug and fail unless the simulator finds it
	$(call exists,-tags plantedbugs,TestPlantedBugs)
	$(GO) test -count=1 -timeout 60m -tags plantedbugs -run 'PlantedBug' ./internal/sim

.PHONY: planted-table
planted-table: ## find each planted bug and write docs/planted-bugs.md; MISSING=1: only rows without a seed
	$(GO) test -count=1 -timeout 120m -tags plantedbugs -run '^TestPlantedBugs$$' ./internal/sim -rewrite $(if $(MISSING),-missing)

.PHONY: mutants
mutants: ## run ordinary tests with a bug each (no sync, no dedupe, no epoch check …) and fail unless they fail
	$(GO) test -count=1 -v -timeout 30m -tags plantedbugs -run '^TestMutants$$' ./internal/proof

# Storage without the race detector: under it only every eighth cut and fault is tried.
.PHONY: crash
crash: ## power cuts at every write, torn logs, and every file operation failing in four ways
	$(GO) test -count=1 -v -timeout 20m -run 'PowerCut|Recover|Torn|Failing|Damage' ./storage

# Each session takes a file here and one in the server; hiring 10 000 agents takes two passwords each, ten minutes.
SESSIONS ?= 10000
AGENTS ?= $(SESSIONS)
.PHONY: storm
storm: ## cut SESSIONS sessions of AGENTS agents at once, four times; they come back all at once and spread over 2 s
	PRONTO_STORM='$(SESSIONS)' PRONTO_STORM_AGENTS='$(AGENTS)' $(GO) test -count=1 -v -timeout 30m -run '^TestAllSessionsThatAreCutAtOnceAreBackInTwentySeconds$$' ./cmd/pronto

PARTITION ?= 60s
.PHONY: partition
partition: ## take the network between agents and server away, for up to PARTITION; needs root or user namespaces
	PRONTO_PARTITION='$(PARTITION)' $(GO) test -count=1 -v -timeout 30m -run '^TestWhatIsSaidDuringAPartitionReachesEverySession$$' ./cmd/pronto

OVERLOAD ?= 60s
.PHONY: overload
overload: ## ten times the load for OVERLOAD: what is served goes on, the rest is refused in its order; latencies are compared
	PRONTO_OVERLOAD='$(OVERLOAD)' $(GO) test -count=1 -v -timeout 30m -run '^TestWhatIsServedGoesOnUnderTenTimesTheLoad$$' ./cmd/pronto

KILLS ?= 60
FAILPOINTS = -tags failpoints -run '^TestNothingAcknowledgedIsLostAtAnyFailPoint$$' ./cmd/pronto
.PHONY: kill
kill: ## kill the server at each place where a crash is most likely to hurt
	$(GO) vet -tags failpoints ./cmd/pronto ./internal/failpoint
	$(GO) test -count=1 -tags failpoints ./internal/failpoint
	$(GO) test -count=1 -timeout 20m $(FAILPOINTS)

# What a busy machine does once in many runs, this does in every run: finds who takes for granted which of two things is first.
# Kill loops and the flood count their load, and have targets of their own.
DELAYS ?= 40ms
.PHONY: delays
delays: ## run the tests of the whole server with random delays at messages between actors, commits, requests and frames
	$(GO) test -count=1 -tags failpoints ./internal/failpoint
	PRONTO_DELAYS='$(DELAYS)' $(GO) test -count=1 -timeout 40m -tags failpoints -skip '^TestNothingAcknowledged|^TestWhatIsServedGoesOnUnderTenTimesTheLoad' ./internal/app ./internal/demo ./actors ./transport ./client ./cmd/pronto

# One answer slower than another must change no result. Another SEED makes other routes slow.
.PHONY: web-delays
web-delays: tools web-install ## run the browser tests with a third of the routes slow by 1.5 s; SEED says which
	cd web && PRONTO_BROWSER_DELAYS=1500 PRONTO_SEED='$(SEED)' npm run e2e

SOAKKILLS ?= 250
.PHONY: killsoak
killsoak: ## kill the server SOAKKILLS times under load and as often at fail points, and note the result in docs/soak.md
	@.ci/noted '$(SOAKKILLS) kills under load' env PRONTO_KILLS=$(SOAKKILLS) $(GO) test -count=1 -v -timeout 120m -run '^TestNothingAcknowledgedIsLostWhenTheServerIsKilledAgainAndAgain$$' ./cmd/pronto
	@.ci/noted '$(SOAKKILLS) kills at fail points' env PRONTO_KILLS=$(SOAKKILLS) $(GO) test -count=1 -v -timeout 120m $(FAILPOINTS)

.PHONY: linear
linear: ## clients quarrel over KILLS kills of the server, and their history must have an order
	PRONTO_KILLS='$(KILLS)' $(GO) test -count=1 -v -timeout 60m -run '^TestConcurrentCommandsHaveAnOrderOverKills$$' ./cmd/pronto

# A real S3 server from its Go module, on a free port of loopback and a temporary folder. Its first build takes minutes.
VERSITYGW ?= github.com/versity/versitygw/cmd/versitygw@v1.8.0
.PHONY: s3
s3: ## test the S3 driver against a real S3 server (versitygw)
	@tmp=$$(mktemp -d); trap 'kill $$pid 2>/dev/null || true; wait; rm -rf "$$tmp"' EXIT; mkdir -p "$$tmp/files/pronto"; \
	GOBIN="$$tmp/bin" $(GO) install $(VERSITYGW); \
	export PRONTO_S3_ENDPOINT=127.0.0.1:$${S3_PORT:-17070} PRONTO_S3_BUCKET=pronto PRONTO_S3_ACCESS_KEY=test PRONTO_S3_SECRET_KEY=testsecret PRONTO_S3_FILES="$$tmp/files/pronto"; \
	"$$tmp/bin/versitygw" --port "$$PRONTO_S3_ENDPOINT" --access test --secret testsecret --region us-east-1 posix "$$tmp/files" >"$$tmp/log" 2>&1 & pid=$$!; \
	for i in $$(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$${S3_PORT:-17070}") 2>/dev/null && break; sleep 0.1; done; \
	$(GO) test -count=1 -v -tags s3server -run '^TestARealServerConforms$$' ./internal/blob/s3 || { tail "$$tmp/log"; exit 1; }

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME
	@grep -rl --include='*_test.go' '^func Fuzz' . | sort | while read -r file; do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' "$$file"); do \
			echo "$$(dirname "$$file") $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime '$(FUZZTIME)' "$$(dirname "$$file")" </dev/null; \
		done; \
	done

.PHONY: bench
bench: ## load this machine with dispatch cycles and print the results
	$(GO) run -ldflags '$(LDFLAGS)' ./cmd/pronto bench

# The lines that begin with Benchmark are for benchstat; BUDGET is the time it may take, QUICK names a file that keeps everything.
QUICK ?= bench-quick.json
.PHONY: bench-quick
bench-quick: ## compare short loads with this machine's raw limits (about 3 minutes)
	$(GO) run -ldflags '$(LDFLAGS)' ./cmd/pronto bench quick --json '$(QUICK)' $(if $(BUDGET),--budget '$(BUDGET)')

# OPEN are numbers of open conversations; a million takes 2 GB of disk and some 15 minutes. SCALE, WATCH and
# LATENCY name files that keep everything.
OPEN ?= 10000,100000,1000000
SCALE ?= bench-scale.json
WATCH ?= bench-watch.json
.PHONY: bench-scale
bench-scale: ## start, memory and next offer with OPEN conversations; then what it costs that supervisors look
	$(GO) run -ldflags '$(LDFLAGS)' ./cmd/pronto bench scale --open '$(OPEN)' --json '$(SCALE)'
	$(GO) run -ldflags '$(LDFLAGS)' ./cmd/pronto bench watch --json '$(WATCH)'

LATENCY ?= bench-latency.json
.PHONY: bench-latency
bench-latency: ## saturation, then arrival → offer at 50 and 80 % of it
	$(GO) run -ldflags '$(LDFLAGS)' ./cmd/pronto bench latency --json '$(LATENCY)'

# Debian's postgresql and redis-server must be installed; the other peers are libraries of the module in bench/peers.
.PHONY: bench-peers
bench-peers: build ## the same load on PostgreSQL, Redis, centrifuge and NATS, beside Pronto's
	cd bench/peers && $(GO) run . --pronto '$(CURDIR)/bin/pronto'

.PHONY: verify
verify: web ## generate and build everything again and fail on a difference
	$(GO) generate ./...
	git diff --exit-code
	@new=$$(git ls-files --others --exclude-standard web/dist); [ -z "$$new" ] || { echo "not committed: $$new"; exit 1; }

.PHONY: lint
lint: ## golangci-lint, fetched at its pinned version
	$(GOLANGCI) run

.PHONY: ci
ci: ## what continuous integration runs
	.ci/run
