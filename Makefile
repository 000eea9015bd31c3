# verify and test are all a newcomer needs; they want Go and nothing else.
GO ?= go

# Without a repository that git can read, go build would stop at stamping the commit into the program.
VCS := $(shell git rev-parse HEAD >/dev/null 2>&1 && echo auto || echo false)

# The race detector needs a C compiler; go turns cgo off where there is none.
CGO := $(shell $(GO) env CGO_ENABLED)

.PHONY: verify test race same-bits bench calibrate power audit torture slurm-test build fmt lint clean

# Check the built-in theories against simulations: out/report.md. Replicas of earlier runs in out are discarded.
verify: build
	bin/limitcheck verify --suite quick --fresh --out out

test: lint
	$(GO) test ./...
ifeq ($(CGO),1)
	$(MAKE) --no-print-directory race
else
	@echo "no C compiler: the race detector is skipped"
endif

# The packages that run goroutines, without tests of numbers alone that take the detector minutes.
race:
	$(GO) test -race -short -skip 'HaveMeanZero|BiasIsInTheError|ProximalWithoutPenalty|KernelsOfLongRuns' ./internal/calibrate ./internal/journal ./theory/... ./montecarlo/... ./cmd/...

# Has any number changed since the commit BASE? With and without vector units, on this machine: internal/samebits.
# ENTRIES=a,b KINDS=theory,simulate,verify PROCESSORS=plain,no-avx512,no-fma restrict it.
BASE ?= HEAD
same-bits:
	$(GO) run ./internal/samebits --base $(BASE) $(if $(ENTRIES),--entries $(ENTRIES)) \
		$(if $(KINDS),--kinds $(KINDS)) $(if $(PROCESSORS),--processors $(PROCESSORS))

# Cost against size: reports/gallery/benchmarks.md. Some ten minutes, on a machine with nothing else to do.
bench:
	@mkdir -p out reports/gallery
	$(GO) test -run '^$$' -bench . -benchmem ./theory ./montecarlo ./compare | tee out/benchmarks.txt
	$(GO) run ./internal/benchreport < out/benchmarks.txt > out/benchmarks.md
	cp out/benchmarks.md reports/gallery/benchmarks.md

# Are verdicts to be trusted? Some 20 minutes of one core each, less what out/calibrate holds already: internal/calibrate.
calibrate:
	$(GO) run ./internal/calibrate calibration --log out/calibrate/calibration.jsonl --report reports/gallery/calibration.md

power:
	$(GO) run ./internal/calibrate power --log out/calibrate/power.jsonl --report reports/gallery/power.md

# What is said to curves of recursions with known mistakes: reports/gallery/audit.md. Half a minute of CPU: internal/audit.
audit: build
	$(GO) run ./internal/audit --verify bin/limitcheck --report reports/gallery/audit.md out/audit

# Data of other laws than the normal one, and the runs that diverge: reports/gallery/universality.md. Two minutes of CPU.
universality:
	$(GO) run ./internal/universality --report reports/gallery/universality.md

# What bad luck does to runs, files, disks and memory, counted: internal/torture. Some ten minutes; with FILES=2000, a fiftieth of
# everything, one. ONLY=files,journals restricts it.
FILES ?= 100000
torture: build
	$(GO) run ./internal/torture --limitcheck bin/limitcheck --files $(FILES) $(if $(ONLY),--only $(ONLY))

# A real Slurm on this machine, where it is installed (Debian: slurm-wlm, munge), and a verification through it: docs/cluster.md.
# Some two minutes.
slurm-test:
	$(GO) test ./internal/slurm -count=1 -v -run TestCluster -cluster

# Without the C library, whose threads reserve half a gigabyte of address space: ulimit -v counts that.
build:
	CGO_ENABLED=0 $(GO) build -buildvcs=$(VCS) -o bin/limitcheck ./cmd/limitcheck

fmt:
	gofmt -w .

lint:
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "not formatted, run make fmt: $$unformatted"; exit 1; }
	$(GO) vet ./...

clean:
	$(GO) clean ./...
	rm -rf bin out
