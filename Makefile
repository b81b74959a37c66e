# Everything goes through `make`; bare `make` lists what there is.
# Paths are relative, so a checkout may live under a folder with spaces in its name.

PY := .venv/bin/python
# Twice the cores of a small machine: half of a run is waiting.
JOBS ?= 4
PYTEST_ARGS ?=
RUN_ARGS ?=
BENCH_ARGS ?=
DEB_ARGS ?=
# What one check says stays together, where this make can do that.
TOGETHER := $(if $(filter output-sync,$(.FEATURES)),-j2 --output-sync=target)
CODE := firmware hal board tools tests

# Images of containers set it; every process that a test starts would compile all of it again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test check format lint types layers tidy requirements
.PHONY: bench browser deb debproof diagrams lock os-image osimage osproof release clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv from the lock files; changes nothing outside this folder
	@sh tools/setup.sh

run: setup ## charge a simulated car, live in this terminal
	@$(PY) -m ampkeeper.board.emulated.demo $(RUN_ARGS)

test: setup ## run all tests (PYTEST_ARGS="-k weld", JOBS=4)
	@$(PY) -m pytest -q -n $(JOBS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: setup ## format, lint, types, layers and the house rules; shows all that is wrong
	@$(MAKE) --no-print-directory --keep-going $(TOGETHER) format lint types layers tidy requirements

format:
	$(PY) -m ruff format --check --quiet $(CODE)

lint:
	$(PY) -m ruff check --quiet $(CODE)

types:
	$(PY) -m mypy --no-error-summary

layers:
	$(PY) .venv/bin/lint-imports --no-logo

tidy:
	$(PY) -m pytest -q tests/tidy

requirements:
	$(PY) -m tools.requirements --check
	$(PY) -m tools.conformance --check
	$(PY) -m tools.ocpp21 --check

bench: setup ## measure the budgets and print them as a table (BENCH_ARGS="tick idle")
	@$(PY) -m tools.bench $(BENCH_ARGS)

browser: setup ## try the page in a real Chromium (fetches some 70 MB the first time)
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	    --only-binary :all: -r requirements/browser.txt
	@$(PY) -m tools.browser.fetch
	@$(PY) -m pytest -q -n 2 --maxfail 5 $(PYTEST_ARGS) tests/browser/*_in_chromium.py

diagrams: setup ## draw the state diagrams in the READMEs from their tables
	@$(PY) tools/diagrams.py

lock: setup ## resolve requirements/*.txt anew from pyproject.toml
	@sh tools/lock.sh

release: setup ## build the wheel that goes to customers, from the last commit, into dist
	@$(PY) -m tools.release

deb: setup ## build the Debian packages for amd64 and arm64, from the last commit, into dist
	@$(PY) -m tools.deb $(DEB_ARGS)

debproof: setup ## install, run, upgrade and purge the package on a fresh Debian (as root)
	@$(PY) -m pytest -q tests/packages/in_a_root.py

osimage: setup ## build a bootable image with two systems (as root; DEB=package IMAGE=file)
	@$(PY) -m tools.osimage $(DEB) $(IMAGE) $(OSIMAGE_ARGS)

os-image: osimage

osproof: setup ## start the image's twin in QEMU, let it charge, cut the power (as root)
	@$(PY) -m pytest -q tests/packages/in_a_machine.py

clean: ## remove what make made
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf .coverage dist build bench-out
	find firmware hal board tools tests -name __pycache__ -type d -prune -exec rm -rf {} +
