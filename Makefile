# `make` lists the targets. Everything runs in .venv, which the first target that needs it makes.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
RUN := $(VENV)/bin
# Without the warning that setuptools gives of every editable installation.
INSTALL := PYTHONWARNINGS=ignore $(RUN)/pip install --quiet
export TF_CPP_MIN_LOG_LEVEL ?= 3
export MPLBACKEND ?= Agg

.DEFAULT_GOAL := help
.PHONY: help demo install lint format test test-backends clean

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

$(VENV)/bin/python:
	@echo "Making $(VENV) and installing the packages; the first time this takes a minute or more."
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) --upgrade pip

# A stamp for each set of packages, so that a second run installs nothing.
$(VENV)/installed: setup.cfg pyproject.toml | $(VENV)/bin/python
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@$(INSTALL) --editable '.[dev]'
	@touch $@

$(VENV)/installed-backends: $(VENV)/installed-dev
	@$(INSTALL) torch==$(TORCH)
	@$(INSTALL) 'jax>=0.4.35,<1'
	@touch $@

# PyTorch's CPU build where the index offers it.
TORCH ?= 2.13.0

install: $(VENV)/installed ## Install the package in .venv.

demo: $(VENV)/installed ## Fine-tune a small ALBERT on generated sentences, no download.
	@$(RUN)/albert-zoo demo --output runs/demo --overwrite
	@echo
	@echo "albert-zoo lies in $(RUN); 'source $(RUN)/activate' puts it on the path."

lint: $(VENV)/installed-dev ## Check style and types.
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/mypy

format: $(VENV)/installed-dev ## Mend style.
	$(RUN)/ruff format .
	$(RUN)/ruff check --fix .

test: test-tensorflow test-backends ## Run every test: TensorFlow whole, models and training on JAX and PyTorch.

.PHONY: test-tensorflow
test-tensorflow: $(VENV)/installed-dev ## Run the whole suite on TensorFlow.
	KERAS_BACKEND=tensorflow $(RUN)/python -m pytest --durations=15

test-backends: $(VENV)/installed-backends ## Run the model, training and preset tests on JAX and PyTorch.
	KERAS_BACKEND=jax $(RUN)/python -m pytest -m backends tests/layers tests/models tests/training tests/zoo
	KERAS_BACKEND=torch $(RUN)/python -m pytest -m backends tests/layers tests/models tests/training tests/zoo

clean: ## Delete .venv and what tools left behind.
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
