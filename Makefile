# The two commands that set everything up: `make run` (the main job) and `make test`.
# Everything goes into .venv; nothing into the system Python.
PYTHON ?= python3

.PHONY: run test lint
run: .venv/run
	.venv/bin/multipolar run may-2025

test: .venv/test
	.venv/bin/python -m pytest

lint: .venv/test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

.venv/run: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --editable .
	touch $@

.venv/test: .venv/run pyproject.toml
	.venv/bin/python -m pip install --quiet --editable '.[test,dev]'
	touch $@
