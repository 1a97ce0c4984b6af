# make score    install into .venv and score a real article
# make test     install into .venv and run the tests
PYTHON ?= python3
ARTICLE ?= examples/overstated.txt
BIN = .venv/bin

.PHONY: score test check train clean

score: .venv/installed
	$(BIN)/misinfo score $(ARTICLE)

test: .venv/tested
	$(BIN)/python -m pytest

check: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m numpydoc.hooks.validate_docstrings misinfo/[a-z]*.py

train: .venv/tested
	$(BIN)/python train.py

.venv/installed: pyproject.toml $(wildcard misinfo/*.py misinfo/*.pyx)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

.venv/tested: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

clean:
	rm -rf .venv build dist *.egg-info misinfo/*.so misinfo/_engine.c
