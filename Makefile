# Each target does all its own set-up. The plain commands stand beside them.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test chaos chaos-short engine faults pages test-slow check format bench prefect-yaml docs release clean

demo: $(READY)              ## the rehearsal: claude-cluster demo
	$(BIN)/claude-cluster demo

test: $(READY)              ## all but the slow tests: pytest -m "not slow"
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadscope

chaos: $(READY)             ## a hundred faults over thirty issues on three nodes: some twenty minutes
	CHAOS_FAULTS=100 CHAOS_ISSUES=30 CHAOS_NODES=3 $(BIN)/python -m pytest -s tests/e2e/distributed/test_chaos.py

chaos-short: $(READY)       ## the same in a few minutes: ten faults, four issues, two nodes
	CHAOS_FAULTS=10 CHAOS_ISSUES=4 CHAOS_NODES=2 $(BIN)/python -m pytest -s tests/e2e/distributed/test_chaos.py

test-slow: $(READY)         ## only the slow tests: pytest -m "slow and not faults and not pages and not engine"
	$(BIN)/python -m pytest -m "slow and not faults and not pages and not engine" -n 2 --dist loadscope

engine: $(READY)            ## the image, compose, pools of containers, on a Docker engine: pytest -m "engine and not faults"
	$(BIN)/python -m pytest -m "engine and not faults"

pages: $(READY)             ## a release installed, the first hour typed, the UI in a browser: pytest -m pages
	@if command -v uv >/dev/null; then uv pip install --quiet --python $(BIN)/python -c constraints.txt playwright; \
	else $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt playwright; fi
	$(BIN)/python -m pytest -m pages

faults: $(READY)            ## what is cut, killed and kept waiting, in all its variants: pytest -m faults
	$(BIN)/python -m pytest -m faults

check: $(READY)             ## format, lint, types, import layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)            ## ruff format . && ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) .venv-bench/.ready ## docs/benchmarks.md and benchmarks/figures.json
	PYTHONPATH=. $(BIN)/python benchmarks/run.py --peer .venv-bench/bin/python

prefect-yaml: $(READY)      ## python -m deployments.prefect_yaml > prefect.yaml
	$(BIN)/python -m deployments.prefect_yaml > prefect.yaml

$(READY): pyproject.toml constraints.txt
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --allow-existing --python $(PYTHON) .venv && \
	  uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[dev,docker]'; \
	else \
	  $(PYTHON) -m venv .venv && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,docker]'; \
	fi
	@touch $@

# The peer has an environment of its own: nothing of it must reach the program's.
.venv-bench/.ready: pyproject.toml
	@wanted="$$($(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["bench"])')" && \
	if command -v uv >/dev/null; then \
	  uv venv --quiet --allow-existing --python $(PYTHON) .venv-bench && \
	  uv pip install --quiet --python .venv-bench/bin/python $$wanted; \
	else \
	  $(PYTHON) -m venv .venv-bench && \
	  .venv-bench/bin/python -m pip install --quiet --disable-pip-version-check $$wanted; \
	fi
	@touch $@

docs: $(READY)              ## the pages that are generated
	$(BIN)/python -m cli.manual > docs/commands.md
	$(BIN)/python -m cluster.env_file > .env.example
	$(BIN)/python -m cluster.settings_page > docs/settings.md

release: $(READY)           ## dist/: source package and wheel of the tag that HEAD has
	@test -z "$$(git status --porcelain)" || { echo "there are changes: commit them first" >&2; exit 2; }
	@git describe --exact-match --tags --match 'v[0-9]*' HEAD >/dev/null 2>&1 || { echo "HEAD has no tag: git tag v1.2.3" >&2; exit 2; }
	rm -rf dist
	$(BIN)/python -m hatchling build -t sdist -t wheel
	@tag="$$(git describe --exact-match --tags --match 'v[0-9]*' HEAD)" && ls "dist/claude_cluster-$${tag#v}-py3-none-any.whl"

clean:
	rm -rf .venv .venv-bench .pytest_cache .mypy_cache .ruff_cache .hypothesis
