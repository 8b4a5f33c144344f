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
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 17

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

demo: $(VENV)/installed ## Fine-tune albert_tiny_en on generated sentences, no download.
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

test: test-tensorflow test-backends test-peers test-python39 ## Run every test: TensorFlow whole, then what other backends, libraries and Python 3.9 run.

.PHONY: test-tensorflow
test-tensorflow: $(VENV)/installed-dev ## Run the whole suite on TensorFlow.
	KERAS_BACKEND=tensorflow $(RUN)/python -m pytest -n 2 --durations=15

BACKENDS_TESTS := $(addprefix tests/,layers models training zoo runs pretraining)
test-backends: $(VENV)/installed-backends ## Run the model, training and preset tests on JAX and PyTorch.
	KERAS_BACKEND=jax $(RUN)/python -m pytest -n 2 -m backends $(BACKENDS_TESTS)
	KERAS_BACKEND=torch OMP_NUM_THREADS=1 $(RUN)/python -m pytest -n 2 -m backends $(BACKENDS_TESTS)

$(VENV)/installed-peers: $(VENV)/installed-backends
	@$(INSTALL) --editable '.[peers]'
	@touch $@

PEERS := $(addprefix tests/,checkpoints/test_peers.py checkpoints/test_tokenizer_files.py checkpoints/test_transformers_files.py \
	backends/ascend/test_torch_npu.py cli/test_ascend_options.py::test_a_run_on_pytorch)

.PHONY: test-peers
test-peers: $(VENV)/installed-peers ## Let transformers and KerasHub read what we write, and run what else needs PyTorch.
	KERAS_BACKEND=torch $(RUN)/python -m pytest $(PEERS)

# All rooms on TensorFlow 2.6.5; what only reads the source, or makes pre-training data at length, is
# left to the other Python. A Python 3.9 counts if it runs (pyenv's shim is there without) and
# TensorFlow 2.6.5 has a wheel for it.
VENV39 := .venv39
FIND_PYTHON39 := for python in $(PYTHON39) python3.9 $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.9*/bin/python3.9; do \
	"$$python" -c 'import platform, sys; sys.exit(platform.machine() not in ("x86_64", "AMD64"))' \
	2>/dev/null && echo "$$python" && break; done

.PHONY: test-python39
test-python39: ## Run the core of the suite on Python 3.9 and TensorFlow 2.6.5, if a Python 3.9 is found.
	@python=$$($(FIND_PYTHON39)); \
	if [ -z "$$python" ]; then \
		echo "Not run: the tests on TensorFlow 2.6.5. They need a Python 3.9 for x86-64, on the path or pyenv's."; \
	else \
		$(MAKE) --no-print-directory PYTHON39="$$python" $(VENV39)/installed && \
		$(VENV39)/bin/python -m pytest -n 2 --durations=10 --ignore=tests/pretraining/test_data_maker.py $(TESTS39); \
	fi

TESTS39 := $(addprefix tests/,backends tables glue text data checkpoints downloads keras2 layers zoo models runs training pretraining cli test_ascend_scripts.py reliability/test_properties.py)

$(VENV39)/installed: setup.cfg pyproject.toml
	@echo "Making $(VENV39) with TensorFlow 2.6.5, by $(PYTHON39)."
	@$(PYTHON39) -m venv $(VENV39)
	@$(VENV39)/bin/pip install --quiet --upgrade pip
	@PYTHONWARNINGS=ignore $(VENV39)/bin/pip install --quiet --editable '.[test]'
	@touch $@

.PHONY: guard-bars
GLUE := ../shared/data/glue
guard-bars: $(VENV)/installed ## Hold the divergence guard to its bars, on real rows of MRPC; half an hour.
	$(RUN)/python benchmarks/guard_bars.py --data $(GLUE)/MRPC --output build/guard_bars.jsonl

# Fewer of them scale all times of the soak down.
soak: MINUTES ?= 60
fuzz: MINUTES ?= 10

.PHONY: soak test-kills
soak: $(VENV)/installed-dev ## Train for an hour under random kills, and compare with an undisturbed run.
	$(RUN)/python -m tests.reliability.soak --minutes $(MINUTES)

test-kills: $(VENV)/installed-dev ## Kill runs at 20 random moments and compare how they end.
	KERAS_BACKEND=tensorflow ALBERT_ZOO_KILLS=20 $(RUN)/python -m pytest tests/reliability/test_kill_and_resume.py

# What the benchmarks compare with, in an environment of its own; the Model Garden's own
# dependencies are not needed for its data preparation.
VENV_PEERS := .venv-peers
$(VENV_PEERS)/installed: benchmarks/requirements.txt
	@echo "Making $(VENV_PEERS) with KerasHub, transformers and PyTorch."
	@$(PYTHON) -m venv $(VENV_PEERS)
	@$(VENV_PEERS)/bin/pip install --quiet --upgrade pip
	@$(VENV_PEERS)/bin/pip install --quiet --requirement benchmarks/requirements.txt
	@$(VENV_PEERS)/bin/pip install --quiet --no-deps --target $(VENV_PEERS)/garden tf-models-official==2.4.0
	@touch $@

# `make bench QUICK=--quick` takes minutes, `make bench` at most an hour and a half.
BENCHMARKS := $(wildcard $(addprefix benchmarks/,training.py first_step.py preparation.py memory.py inference.py))
.PHONY: bench
bench: $(VENV)/installed-bench $(VENV_PEERS)/installed ## Compare speed and memory with other libraries.
	@set -e; for script in $(BENCHMARKS); do \
		name=$$(basename $$script .py); \
		garden=; [ $$name != preparation ] || garden="--garden $(VENV_PEERS)/garden"; \
		$(RUN)/python $$script $(QUICK) --peers $(VENV_PEERS) $$garden --output runs/bench/$$name.json \
			--picture runs/bench/$$name.png; \
	done

$(VENV)/installed-bench: $(VENV)/installed
	@$(INSTALL) --editable '.[export,text]'
	@touch $@

TARGET ?= all

$(VENV)/installed-fuzz: $(VENV)/installed-dev
	@$(INSTALL) --editable '.[fuzz]'
	@touch $@

.PHONY: fuzz audit
fuzz: $(VENV)/installed-fuzz ## Fuzz every parser: MINUTES=10 each, TARGET=tables for one of fuzz/.
	$(RUN)/python fuzz/harness.py $(TARGET) $(MINUTES)

audit: $(VENV)/installed-dev ## Compare the installed packages with the known vulnerabilities; needs the network.
	@$(INSTALL) 'pip-audit>=2.10,<3'
	$(RUN)/pip-audit --strict --skip-editable

clean: ## Delete the environments and what tools left behind.
	rm -rf $(VENV) $(VENV39) $(VENV_PEERS) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
