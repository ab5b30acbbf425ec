# Habeas: `make run` serves it, `make test` checks it. Both need only Python 3.11 or newer, and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run build test test-nightly test-spark check format bench bench-serve bench-hostile bench-soak bench-names bench-columns bench-spark bench-validate lock clean

run: build
	@exec $(BIN)/kg serve

# Exit code 3 with the path of a release: a source was set aside and told of; the others are served.
build: $(VENV)/installed
	@release=$$($(BIN)/kg build); code=$$?; echo "$$release"; \
	  test $$code -eq 0 || { test $$code -eq 3 && test -n "$$release"; }

# Two at a time, a file after the other: what a file starts (a release, a server) is started once.
test: check $(VENV)/browser
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

# A hundred thousand random queries to the columns and half as many expressions, other ones each day: some 70 minutes
# of one processor.
test-nightly: $(VENV)/installed-dev
	HABEAS_COMPILE_CASES=100000 HABEAS_COMPILE_SEED=$$(date +%Y%m%d) $(BIN)/pytest tests/unit/columns/test_compile_oxigraph.py \
	  tests/unit/columns/test_compile_expressions.py

# On two executors of Spark; `make test` skips these where Java or the extra "spark" (some 450 MB) is missing.
# With SPARK_TESTS=all in the environment, all shapes and all of the W3C's cases: half an hour instead of minutes.
test-spark: $(VENV)/spark
	$(BIN)/pytest tests/unit/spark

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

# ARGS goes to the script, such as ARGS="--quads 100000"; bench/README.md says what each takes.
bench-serve bench-hostile bench-soak bench-names bench-columns bench-validate: bench-%: $(VENV)/installed-dev
	$(BIN)/python bench/$*.py $(ARGS)

bench-spark: $(VENV)/spark
	$(BIN)/python bench/spark.py $(ARGS)

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
	@! command -v chromium >/dev/null || touch $@

$(VENV)/spark: $(VENV)/installed-dev
	@command -v java >/dev/null || { test "$$(id -u)" -eq 0 && command -v apt-get >/dev/null \
	  && apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y openjdk-17-jre-headless >/dev/null; } \
	  || echo "No Java, and no right to install it: the tests of Spark will skip."
	$(PIP) install 'pyspark>=4.3,<5' 'sqlglot>=30.30,<31'
	@touch $@
