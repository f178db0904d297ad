# Needs make and Python >= 3.11, nothing else.
#
#   make run    set up and start nsview (ARGS="list -t net" passes arguments)
#   make test   set up and run the tests (ARGS="-k text" passes arguments)
#   make check  formatting, lint, types, import rules
#   make test-kernels  run what depends on the kernel inside Debian's kernels, old and new (KERNELS="5.10 newest")
#   make bench  measure against lsns
#   make screenshots  draw the pictures of the README anew
#   make snapshots    take the app's looks of now for right (look at what has changed)
#
# PYTHON= names the interpreter to build the environment from.

.DEFAULT_GOAL := run
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin/python
INSTALL := $(BIN) -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable
STAMPED := pyproject.toml requirements.lock tools/venv $(BIN)

# A dangling link counts as missing: its Python was removed or moved.
$(BIN):
	tools/venv $(VENV)

# Each stamp is written only after its install has ended well, so an interrupted one is done again.
$(VENV)/.run: $(STAMPED)
	tools/venv $(VENV)
	$(INSTALL) .
	@touch $@

$(VENV)/.test: $(STAMPED)
	tools/venv $(VENV)
	$(INSTALL) '.[test]'
	@touch $@ $(VENV)/.run

$(VENV)/.dev: $(STAMPED)
	tools/venv $(VENV)
	$(INSTALL) '.[dev]'
	@touch $@ $(VENV)/.test $(VENV)/.run

.PHONY: .venv run test test-kernels check format bench screenshots snapshots lock clean

.venv: $(VENV)/.dev

run: $(VENV)/.run
	@$(BIN) -m nsview $(ARGS)

test: $(VENV)/.test
	$(BIN) -m pytest $(ARGS)

# Minutes for each kernel. TESTS= are other tests, with pytest's options; ARGS=--help tells more.
test-kernels: $(VENV)/.test
	nice $(BIN) -m tools.kernels $(if $(TESTS),--tests '$(TESTS)') $(ARGS) $(KERNELS)

check: $(VENV)/.dev
	$(BIN) -m ruff format --check
	$(BIN) -m ruff check
	$(BIN) -m mypy
	$(VENV)/bin/lint-imports

format: $(VENV)/.dev
	$(BIN) -m ruff format
	$(BIN) -m ruff check --fix

bench: $(VENV)/.test
	$(BIN) benchmarks/run.py $(ARGS)

screenshots: $(VENV)/.dev
	$(BIN) tools/screenshots.py

snapshots: $(VENV)/.test
	RENEW_SNAPSHOTS=1 $(BIN) -m pytest tests/ui/test_snapshots.py

# Resolve every dependency anew, with the oldest supported Python so that the pins fit all of them.
lock:
	tools/lock requirements.lock

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
