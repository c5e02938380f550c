# Works on Debian 12 with python3, python3-venv and make; everything else is fetched into .venv.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The pinned files are complete: without --no-deps an older pip looks at newer releases of what is asked for with extras.
PINNED := $(PIP) install --no-deps --require-hashes --requirement
EDITABLE := $(PIP) install --no-deps --no-build-isolation --editable .
JOBS ?= 2
DEMO_ARGS ?= --speed 60
BENCH_ARGS ?=
MONTH_ARGS ?=
YEAR_ARGS ?=

.PHONY: help demo test check bench month year lock packages clean

help: ## this table
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo-ready ## a simulated property breaks and gets tickets (DEMO_ARGS="--speed 60 --for 90s")
	@$(BIN)/touchpoint demo $(DEMO_ARGS)

# The demo is a whole property at sixty times its speed: it has the machine to itself.
test: packages check ## everything CI runs: checks, then all tests with coverage
	$(BIN)/python -m pytest -n $(JOBS) --durations=10 --cov --cov-report= --cov-fail-under=0 --ignore=tests/live/test_demo.py
	$(BIN)/python -m pytest tests/live/test_demo.py --durations=3 --cov --cov-append --cov-report=term

check: $(VENV)/.test-ready ## lint, format, types, import contracts, sizes, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/test_project.py
	@if [ -e gateway/generated.py ]; then $(BIN)/python -m gateway.generated --check; fi

bench: $(VENV)/.test-ready ## throughput, latency and memory beside bare libraries, as a table
	@$(BIN)/python -m tests.bench $(BENCH_ARGS)

month: $(VENV)/.test-ready ## a month of 1,000 simulated assets, judged: found, missed, false tickets (MONTH_ARGS="--seed 2")
	@$(BIN)/python -m tests.month $(MONTH_ARGS)

year: $(VENV)/.test-ready ## a year of scheduled tests on 200 luminaires, held against the truth (YEAR_ARGS="--seed 2")
	@$(BIN)/python -m tests.year $(YEAR_ARGS)

packages: # the Debian packages that the tests need
	@.ci/install-packages

lock: ## pin requirements*.txt again, with hashes, to the newest releases that pyproject.toml allows
	@tool=$$(mktemp -d); trap 'rm -rf "$$tool"' EXIT; \
	$(PYTHON) -m venv "$$tool"; "$$tool/bin/pip" --quiet install uv; \
	pin() { "$$tool/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --no-header --no-emit-index-url --no-emit-find-links pyproject.toml "$$@"; }; \
	pin --upgrade --all-extras --group dev --output-file requirements-dev.txt; \
	pin --upgrade --extra demo --group build --constraints requirements-dev.txt --output-file requirements.txt

clean: ## remove the environment and every cache
	rm -rf $(VENV) build dist htmlcov .coverage* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find gateway simulators tests -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo-ready: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV) for the demo (once) ..."
	@$(PINNED) requirements.txt
	@$(EDITABLE)
	@$(PIP) check
	@touch $@

$(VENV)/.test-ready: requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV) for the tests (once) ..."
	@$(PINNED) requirements-dev.txt
	@$(EDITABLE)
	@$(PIP) check
	@touch $@ $(VENV)/.demo-ready
