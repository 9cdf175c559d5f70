# Every target is a line of `scripts/` or `tools/`; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help setup dev serve test check fix format lint types layers house fidelity docs \
	docs-check bench lock clean

BIN := .venv/bin
T ?=
B ?=
LOCK := $(BIN)/pip-compile --quiet --upgrade --generate-hashes --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links --strip-extras --allow-unsafe --no-header \
	--all-build-deps pyproject.toml

help:  ## List every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## Make .venv, or bring it up to date with the locks
	@scripts/setup dev

dev:  ## Start the development server with the demo world
	@scripts/dev

serve: setup  ## Start the production server; settings come from HIREWIRE_*
	@$(BIN)/hirewire serve

test: setup  ## Run the tests, or those of T=tests/kit or T='-k cursor'
	@$(BIN)/python -m pytest -n 2 $(T)

check: setup  ## Run every check below, from format to docs-check
	@scripts/check

fix: setup  ## Repair what ruff can, then format
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format .

format: setup  ## Format the code
	@$(BIN)/ruff format .

lint: setup  ## Lint with ruff
	@scripts/check lint

types: setup  ## Check the types with mypy, tests included
	@scripts/check types

layers: setup  ## Check that imports point down
	@scripts/check layers

house: setup  ## Apply the house rules of tools/lint
	@scripts/check house

fidelity: setup  ## Compare the promised behaviours with the tests
	@scripts/check fidelity

docs: setup  ## Write the generated pages anew
	@$(BIN)/python -m tools.docs

docs-check: setup  ## Check that the generated pages are fresh
	@scripts/check docs

bench: setup  ## Run the benchmarks, or B=name; docs/performance.md says how to read them
	@$(BIN)/python -m bench $(B)

lock: setup  ## Resolve both lock files anew from pyproject.toml
	@$(LOCK) --output-file requirements/run.lock
	@$(LOCK) --extra dev --constraint requirements/run.lock \
		--output-file requirements/dev.lock

clean:  ## Remove .venv and every cache
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} +
