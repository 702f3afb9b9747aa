# Targets with a "##" are listed by `make help`, which is also what a bare `make` does.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO ?= go
FUZZTIME ?= 10s
SEEDS ?= 2000
STEPS ?= 2000
SEED ?=
GOLANGCI ?= $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# Every Go folder of ours; a web project's dependencies may carry Go files of their own.
GOFILES = find . -name '*.go' -not -path '*/node_modules/*' -not -path './.git/*'

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## start Pronto with demo data and print a log-in
	$(GO) run ./cmd/pronto demo

.PHONY: build
build: ## build bin/pronto
	$(GO) build -trimpath -o bin/pronto ./cmd/pronto

.PHONY: test
test: check race sim planted ## everything a change must pass

.PHONY: check
check: ## formatting, vet and the rules about the code's shape (seconds)
	@bad=$$($(GOFILES) -print0 | xargs -0 gofmt -l); if [ -n "$$bad" ]; then echo "not formatted by gofmt:"; echo "$$bad"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags plantedbugs ./...
	$(GO) test ./internal/arch

.PHONY: race
race: ## every test, under the race detector
	$(GO) test -race ./...

# A -run that matches nothing passes, so the simulator's tests are looked up before they are run.
define exists
	@$(GO) test $(1) -list '^$(2)$$' ./internal/sim | grep -x '$(2)' >/dev/null || { echo "internal/sim has no $(2)"; exit 1; }
endef

.PHONY: sim
sim: ## simulate SEEDS runs of STEPS steps, or the one of SEED
	$(call exists,,TestSeeds)
	PRONTO_SIM_SEEDS='$(SEEDS)' PRONTO_SIM_STEPS='$(STEPS)' PRONTO_SIM_SEED='$(SEED)' \
		$(GO) test -count=1 -timeout 60m -run '^TestSeeds$$' ./internal/sim

.PHONY: planted
planted: ## plant each known bug and fail unless the simulator finds it
	$(call exists,-tags plantedbugs,TestPlantedBugs)
	$(GO) test -count=1 -timeout 60m -tags plantedbugs -run '^TestPlantedBugs$$' ./internal/sim

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
	$(GO) run ./cmd/pronto bench

.PHONY: verify
verify: ## generate everything again and fail on a difference
	$(GO) generate ./...
	git diff --exit-code

.PHONY: lint
lint: ## golangci-lint, fetched at its pinned version
	$(GOLANGCI) run

.PHONY: ci
ci: ## what continuous integration runs
	.ci/run
