# make score    install into .venv and score an article
# make test     install into .venv and run the tests
# make docs     build the documentation into build/site
PYTHON ?= python3
ARTICLE ?= examples/overstated.txt
BIN = .venv/bin

.PHONY: score test check docs bare train clean

score: .venv/installed
	$(BIN)/misinfo score $(ARTICLE)

test: .venv/tested
	$(BIN)/python -m pytest

check: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m numpydoc.hooks.validate_docstrings misinfo/[a-z]*.py

# not --quiet, which hides warnings from --strict too
docs: .venv/tested
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# the command line as users get it: from the source archive, without development dependencies
bare: .venv/tested
	rm -rf build/bare && mkdir -p build/bare
	$(BIN)/python -m build --sdist --outdir build/bare . > build/bare/log
	$(PYTHON) -m venv build/bare/venv
	build/bare/venv/bin/python -m pip install --quiet --disable-pip-version-check build/bare/*.tar.gz
	cd build/bare && venv/bin/misinfo score ../../$(ARTICLE) && venv/bin/misinfo info

train: .venv/tested
	$(BIN)/python train.py

# editable: only what is compiled, or read when it is built, asks for another installation
.venv/installed: pyproject.toml setup.py misinfo/__init__.py $(wildcard misinfo/*.p[yx][xi])
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

.venv/tested: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

clean:
	rm -rf .venv build dist *.egg-info misinfo/*.so misinfo/_*.c
