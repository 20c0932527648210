# Everything a person does here starts with `make`. `python3 -m venv` and pip suffice; uv is used when present.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
UV := $(shell command -v uv 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help .venv demo run test check format bench

help: ## what can be made
	@grep -hE '^[.a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

.venv: $(STAMP) ## only the virtual environment

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Gemba needs Python 3.11 or newer; name one with PYTHON=…"; exit 1; }
ifdef UV
	@test -x $(BIN)/python || $(UV) venv -q --python $(PYTHON) .venv
	$(UV) pip install -q --python $(BIN)/python -c constraints.txt -e '.[dev]'
else
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
endif
	@touch $@

demo: $(STAMP) ## a simulated Telegram and the bot in it, with no account and no token
	@$(BIN)/python -m bot demo

run: $(STAMP) ## the bot, with the settings of the environment or .env
	@$(BIN)/python -m bot run

test: $(STAMP) ## all tests, on SQLite and on a real PostgreSQL
	$(BIN)/python -m pytest -n auto

check: $(STAMP) ## format, lint, types, layers, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto

format: $(STAMP) ## let ruff put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP) ## measure, against baselines in the same run
	$(BIN)/python -m tests.benchmarks
