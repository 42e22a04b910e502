# make help says what there is. Every target makes the virtual environment that it needs, once.
# Overrides: PYTHON=/path/to/python3.11, TORCH_INDEX=https://download.pytorch.org/whl/cpu (pip's own PIP_INDEX_URL works too).

PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
TORCH_INDEX ?=

need_python = $(if $(PYTHON),,$(error DynaWave needs Python 3.11 or newer with venv \
	(Debian: apt install python3-venv; macOS: brew install python@3.13). If it is installed elsewhere: make PYTHON=/path/to/python3.11))
pip_install = bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help demo test lint types check peers clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv-demo/.installed ## install the core only and inspect the bundled example films
	.venv-demo/bin/dynawave inspect examples --out out/demo
	@echo "Open out/demo/report.html; the figures are in out/demo/inspection.json, the pictures beside it."

test: .venv/.installed ## run the tests
	.venv/bin/python -m pytest

lint: .venv/.installed ## style: ruff check and ruff format --check
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: .venv/.installed ## types: mypy, strict
	.venv/bin/mypy

check: lint types test ## all of the above

peers: .venv-yolo/.installed .lib-dfine/.installed ## the benchmark's YOLO (AGPL-3.0, in its own environment, never imported) and D-FINE

clean: ## remove the environments, caches and outputs that make made (training runs stay)
	rm -rf .venv .venv-demo .venv-yolo .lib-dfine out build dist .mypy_cache .ruff_cache .pytest_cache

.venv-demo/.installed: pyproject.toml constraints.txt
	@$(need_python)$(PYTHON) -m venv .venv-demo
	.venv-demo/$(pip_install) --editable .
	@touch $@

# torch goes first and alone, from its own index where one is given: what follows then finds it there and brings no other build.
.venv/.installed: pyproject.toml constraints.txt
	@$(need_python)$(PYTHON) -m venv .venv
	.venv/$(pip_install) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch
	.venv/$(pip_install) --editable '.[dev]'
	@touch $@

.venv-yolo/.installed: benchmarks/peers/setup.sh constraints.txt
	@$(need_python)PYTHON=$(PYTHON) TORCH_INDEX=$(TORCH_INDEX) sh benchmarks/peers/setup.sh .venv-yolo
	@touch $@

# A folder beside the package's environment, not in it: lightning, torchmetrics and captum behave as if it were not there.
.lib-dfine/.installed: benchmarks/peers/dfine.txt | .venv/.installed
	rm -rf .lib-dfine
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --target .lib-dfine --requirement $<
	@touch $@
