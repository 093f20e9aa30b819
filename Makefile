# The two commands that set everything up: `make run` (the main job) and `make test`.
# Everything goes into .venv; nothing into the system Python.
PYTHON ?= python3

.PHONY: run test lint lowest
run: .venv/run
	.venv/bin/multipolar run may-2025

test: .venv/test
	.venv/bin/python -m pytest --numprocesses 2 --dist loadfile

lint: .venv/test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

# The lowest versions that pyproject.toml allows, in a place of their own.
lowest: .venv/test
	.venv/bin/uv venv --quiet --clear --python $(PYTHON) .venv-lowest
	.venv/bin/uv pip install --quiet --python .venv-lowest/bin/python --resolution lowest-direct \
		--editable . 'pytest>=8.3' 'hypothesis>=6.100' 'httpx>=0.27'
	.venv-lowest/bin/python -m pytest tests/test_questions.py tests/test_policy.py tests/test_cli.py \
		tests/test_sweep.py

.venv/run: pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --editable .
	touch $@

.venv/test: .venv/run pyproject.toml
	.venv/bin/python -m pip install --quiet --editable '.[test,dev]'
	touch $@
