# Brightline's commands. Works with GNU make 3.81, which macOS brings.
#
#   make run [PORT=9000] [HOST=127.0.0.1]   start everything, with a demo, and print how to sign in
#   make run MODEL=local                    also with a real small model (127 MB, downloaded once)
#   make test [ARGS="-k trail"]             every check and every test
#   make bench                              measure, and print ratios
#   make format                             put the code into shape
#   make messages                           collect the strings that are to be translated
#   make reset                              remove the embedded data (asks first)

PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
MODEL ?=
ARGS ?=
JOBS ?= 2

# The tests start hundreds of processes. Each would compile the whole program anew.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
# The checks before the tests start a database now and then; it must not be the one with your data.
CHECKS := env -u DATABASE_URL -u BROKER_URL BRIGHTLINE_VAR=$(VENV)/var-of-checks LOG_LEVEL=WARNING

.PHONY: help run test bench reset format messages venv venv-dev browser

help:
	@sed -n 's/^#   //p' Makefile

run: venv
	@exec env PORT="$(PORT)" HOST="$(HOST)" MODEL="$(MODEL)" $(BIN)/python -m config.supervisor

test: venv-dev browser
	@echo "== format"
	@$(BIN)/ruff format --check --quiet . || { echo "Run make format."; exit 1; }
	@echo "== lint"
	@$(BIN)/ruff check --quiet .
	@echo "== types"
	@$(CHECKS) $(BIN)/mypy --no-error-summary
	@echo "== imports"
	@$(BIN)/lint-imports --no-logo > $(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }
	@echo "== migrations"
	@$(CHECKS) $(BIN)/python manage.py makemigrations --check --dry-run
	@echo "== tests"
	@$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

bench: venv
	@$(BIN)/python -m profiles.resolution.bench
	@$(BIN)/python -m audits.log.bench
	@$(BIN)/python -m config.bench

reset: venv
	@$(BIN)/python -m config.reset

format: venv-dev
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

messages: venv
	@$(BIN)/python -m config.messages

venv:
	@config/install.sh "$(PYTHON)" $(VENV) requirements.txt

venv-dev:
	@config/install.sh "$(PYTHON)" $(VENV) config/requirements-dev.txt

browser:
	@config/browser.sh
