# pushbench: `make` alone prints the targets. Each of them does the set-up that it needs.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
OUT    ?= reports/out/latest
RUN    ?= $(OUT)/run.json
PORT   ?= 3000
# What `make test` leaves to `make test-all`: the marks of pyproject.toml.
SLOW   := (trial or browser or network or node or alone)
JOBS   ?= auto
PYTEST := $(BIN)/python -m pytest
BESIDE := -n $(JOBS) --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup bench bench-quick test test-all check lint types microbench report serve node notebooks pictures clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv and install pushbench and its tools there

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "pushbench needs Python 3.11 or newer as $(PYTHON): make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) has no venv module: on Debian, apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

bench: $(READY) ## measure the chat scenario (about two minutes), report in reports/out/latest/
	$(BIN)/pushbench run --scenario chat --out $(OUT)

bench-quick: $(READY) ## one short round of it (about half a minute)
	$(BIN)/pushbench run --scenario chat --set trial.duration_s=2 --rounds 1 --out $(OUT)

test: $(READY) ## run the quick tests, JOBS=4 at a time (one a core)
	$(PYTEST) $(BESIDE) -m "not $(SLOW)"

test-all: test ## the rest too: whole trials, browsers, namespaces, Node; what measures runs alone
	$(PYTEST) $(BESIDE) -m "$(SLOW) and not alone"
	$(PYTEST) -m alone

check: lint types test-all notebooks ## lint, types, all tests and notebooks: what CI runs

lint: $(READY) ## ruff, format and rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY) ## mypy --strict
	$(BIN)/mypy

microbench: $(READY) ## how fast the parts are, as ratios within one run
	$(PYTEST) tests/microbench --benchmark-only

report: $(READY) ## make the HTML report of RUN=reports/out/latest/run.json again
	$(BIN)/pushbench report $(RUN)

serve: $(READY) ## serve the page at http://localhost:3000/, PORT=3000: echo, race, chat
	$(BIN)/pushbench serve --port $(PORT)

node: ## install the packages of the servers on Node (npm ci in servers/node)
	@command -v npm >/dev/null || { echo "npm is not installed" >&2; exit 1; }
	npm ci --prefix servers/node --no-audit --no-fund

notebooks: $(READY) ## execute the notebooks
	$(PYTEST) --nbmake notebooks

pictures: $(READY) ## take the pictures in docs/pictures/ anew, of the page and of a report (needs Chromium)
	$(BIN)/python -m tests.browser.pictures
	$(BIN)/python -m tests.browser.report_pictures

clean: ## remove .venv, caches and results
	rm -rf $(VENV) build *.egg-info reports/out .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks
	rm -rf servers/node/node_modules tests/browser/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
