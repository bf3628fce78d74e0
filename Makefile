# On a fresh machine with Python 3.11+, pip and make, every target sets up what it needs by itself.

PYTHON ?= $(firstword $(foreach p,python3.14 python3.13 python3.12 python3.11 python3,$(if $(shell \
	command -v $(p) >/dev/null 2>&1 && $(p) -c 'import sys; print(sys.version_info >= (3, 11))' 2>/dev/null | grep True),$(p))))
ARGS ?=
EVENT ?=

export PYTHONPATH := functions:.

UV := .uv/bin/uv
READY := .venv/.ready
PY := .venv/bin/python

.PHONY: help demo test check format bench invoke

help:
	@echo "make demo [ARGS='--once --port 8080 --record FILE --invoices N']   run the whole system here"
	@echo "make test                    run all tests"
	@echo "make check                   lint and type-check"
	@echo "make format                  format the code"
	@echo "make bench                   how many calls an invoice costs"
	@echo "make invoke EVENT=events/X   run a handler on one event"

demo: $(READY)
	@$(PY) -m infra.local.demo $(ARGS)

test: $(READY)
	$(PY) -m pytest $(ARGS)

check: $(READY)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

format: $(READY)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: $(READY)
	@$(PY) -m tests.benchmarks.calls

invoke: $(READY)
	@$(PY) -m infra.local.invoke $(EVENT)

$(UV):
ifeq ($(PYTHON),)
	$(error Python 3.11 or newer is needed, and none of python3.14 ... python3 is that)
endif
	@echo "Setting up: uv"
	@$(PYTHON) -m venv .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check uv

$(READY): pyproject.toml uv.lock | $(UV)
	@echo "Setting up: the locked dependencies"
	@$(UV) sync --frozen --quiet --python "$$(command -v $(PYTHON))"
	@touch $@
