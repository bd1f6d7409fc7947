# Two commands matter: `make run` and `make test`. Both install what is missing first.
SWIFT ?= swift
ARGS ?=
# Tests run in release mode, so that they test what is shipped and share its build products.
MODE ?= release

.PHONY: run test parity bench build lint format fixtures picture setup clean

run: build
	.build/$(MODE)/headwall demo $(ARGS)

build: setup
	$(SWIFT) build -c $(MODE) --product headwall

# The rooms first, then the program as a whole: its processes take every core, which the rooms' timeouts would feel.
test:
	@scripts/setup.sh --tests
	$(SWIFT) build -c $(MODE) --build-tests
	$(SWIFT) test -c $(MODE) --skip-build --skip IntegrationTests
	$(SWIFT) test -c $(MODE) --skip-build --filter IntegrationTests

# The libraries of the Python package index answer afresh, and the tests compare with them. Skipped, loudly, without Python.
parity:
	$(SWIFT) build -c $(MODE) --build-tests
	@if command -v python3 >/dev/null; then python3 Tests/Parity/parity.py -c $(MODE) --skip-build; \
	else echo "PARITY SKIPPED: there is no python3; nothing was compared"; fi

bench: build
	$(SWIFT) build -c $(MODE) --product headwall-bench
	.build/$(MODE)/headwall-bench $(ARGS)

setup:
	@scripts/setup.sh

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests Benchmarks

# The committed synthetic ward day. The same seed gives the same files.
fixtures: build
	.build/$(MODE)/headwall fixtures ward-day --out Fixtures/ward-day

# The picture in the README: the demo's ward page in a headless Chromium.
picture: build
	scripts/ward-picture.sh docs/ward-page.png

clean:
	rm -rf .build
