# Everything a person does here starts with `make`. `python3 -m venv` and pip suffice; uv is used when present.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
# What Python has compiled once it shall find again, also where an image says otherwise: five workers import it all.
unexport PYTHONDONTWRITEBYTECODE
UV := $(shell command -v uv 2>/dev/null)
# Many tests wait for a process of their own: three more at a time than there are cores keep these busy. Who has nothing
# left takes from the others, else all wait for whoever got the long ones.
WORKERS = $(shell $(BIN)/python -c "import os; print(len(os.sched_getaffinity(0)) + 3)") --dist worksteal

# Bandit's SQL and Markup: ruff's S608 and S704 ask the same, and want an excuse at each place.
EXCUSED = B608,B704
# What looks like a secret and is none: the words of examples and tests.
MADE_UP = ^(password|secret|s3cret.*|p@ss|journey-secret|fedcba98[0-9a-f]*|(0123456789abcdef)+|SflKxw.*|X-Telegram-Bot-Api-Secret-Token)$$

ifdef UV
USABLE = $(BIN)/python -c ''
NEW = $(UV) venv -q --python $(PYTHON) .venv
INSTALL = $(UV) pip install -q --python $(BIN)/python
else
USABLE = $(BIN)/python -m pip --version
NEW = $(PYTHON) -m venv .venv
INSTALL = $(BIN)/python -m pip install -q --disable-pip-version-check
endif

.DEFAULT_GOAL := help
.PHONY: help .venv demo run test chaos check format migration bench

# An environment knows the folder it was made in; a copied or renamed checkout makes its own.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif

help: ## what can be made
	@grep -hE '^[.a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 11

.venv: $(STAMP) ## only the virtual environment; PYTHON=… names the Python to make it with
	@:

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Gemba needs Python 3.11 or newer; name one with PYTHON=…" >&2; exit 1; }
	@{ test ! -e $@ || test "$$(cat $@)" = "$(CURDIR)"; } && $(USABLE) >/dev/null 2>&1 || { rm -rf .venv && $(NEW); }
	$(INSTALL) -c constraints.txt -e '.[dev]'
	@echo "$(CURDIR)" > $@

demo: $(STAMP) ## a simulated Telegram and the bot in it, with no account and no token
	@$(BIN)/python -m bot demo

run: $(STAMP) ## the bot, with the settings of the environment or .env
	@$(BIN)/python -m bot run

test: $(STAMP) ## all tests, on SQLite and on a real PostgreSQL
	$(BIN)/python -m pytest -n $(WORKERS)

chaos: $(STAMP) ## the long form: killed at every point, cut, frozen, on both databases; about an hour
	$(BIN)/python -m pytest tests/chaos -m chaos -n auto --dist worksteal
	HOSTILE_LONGER=20 $(BIN)/python -m pytest tests/hostile -n auto --dist worksteal

check: $(STAMP) ## format, lint, security, types, layers, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/bandit -q -ll --skip $(EXCUSED) -r bot handlers integrations scheduler
	git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook --exclude-secrets '$(MADE_UP)'
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(WORKERS)

format: $(STAMP) ## let ruff put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

migration: $(STAMP) ## the next schema step, from the tables: NAME="What changed."
	@$(BIN)/python -m bot.storage.migrations.new $(if $(filter --beginning,$(NAME)),--beginning,"$(NAME)")
	@$(BIN)/python -m tests.storage.released

bench: $(STAMP) ## measure, against baselines in the same run; ONLY="relay claims" for some of it
	@$(BIN)/python -m tests.benchmarks $(ONLY)
