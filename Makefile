# Habeas: `make run` serves it, `make test` checks it. Both need only Python 3.11 or newer, and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Where the conformance suites and sample data of the larger tests lie; tests that need them skip where it is missing.
export KG_TEST_MATERIAL ?= $(abspath ../shared)

.PHONY: run build test check format bench lock clean

run: build
	@exec $(BIN)/kg serve

# Exit code 3: a source was set aside and told of; the others are served.
build: $(VENV)/installed
	@$(BIN)/kg build || test $$? -eq 3

test: check $(VENV)/browser
	$(BIN)/pytest

check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python ontology/canonical.py
	$(BIN)/python ontology/context.py

bench: $(VENV)/installed-dev
	$(BIN)/python bench/build.py

# Lock files hold versions and hashes, and no address that a package comes from.
lock: $(VENV)/installed-dev
	$(BIN)/python requirements/lock.py

clean:
	rm -rf $(VENV) releases dist build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Habeas needs Python 3.11 or newer; set PYTHON=… to one." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements/build.lock requirements/runtime.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/build.lock -r requirements/runtime.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements/dev.lock
	$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

# The browser tests drive Debian's Chromium; without it they skip and say so.
$(VENV)/browser: | $(VENV)/bin/python
	@command -v chromium >/dev/null || { test "$$(id -u)" -eq 0 && command -v apt-get >/dev/null \
	  && apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y chromium >/dev/null; } \
	  || echo "No chromium, and no right to install it: the browser tests will skip."
	@touch $@
