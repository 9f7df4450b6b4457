# Fengsui. The two commands that matter: make demo, make test.

GO      ?= go
LDFLAGS  = -s -w -X main.version=$(VERSION)
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

.PHONY: build demo lab test mutants bench soak check clean

build: ## bin/fengsui-agent and bin/fengsui-collector, static
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./agent/cmd/fengsui-agent ./collector/cmd/fengsui-collector

demo: build ## the whole way of the data on loopback, within 90 seconds; KEEP=1 stays up
	CGO_ENABLED=0 $(GO) run -trimpath ./collector/e2e/demo -bin bin $(if $(KEEP),-keep)

lab: build ## as root: a district in network namespaces with real daemons, to cut lines by hand, until Ctrl-C
	@.ci/daemons
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/ ./collector/e2e/lab
	bin/lab -bin bin

test: ## format, vet, staticcheck, govulncheck, race detector, unit and integration tests
	@.ci/test

mutants: ## as root: takes out one guard after the other and shows the test that goes red
	@.ci/daemons
	$(GO) run ./checks/all/mutants

check: ## the slower guards: the agent for every kind of machine; fuzz targets, 30 s each
	@.ci/cross
	@.ci/fuzz 30s

bench: ## the measured figures of the README; LONG=1 for the stated lengths
	@.ci/bench $(if $(LONG),long,short)

soak: ## what takes longer than make test may: random crashes, hostile networks, agents of other machines
	@.ci/qemu
	@.ci/cross
	CGO_ENABLED=1 FENGSUI_SOAK=1 $(GO) test -count=1 -timeout 60m -run 'Soak' -v ./collector/e2e ./checks/all

clean:
	rm -rf bin
