# The contributor's menu: `make help`.
PYTHON ?= python3
VENV ?= .venv
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
LOCK := locks/python-$(VERSION).txt
RUN := $(VENV)/bin/python
CITY ?= var/cities/kawabe
PORT ?= 8501
PIP_INSTALL = $(RUN) -m pip install --quiet --disable-pip-version-check --constraint $(LOCK)
# python3.13 from the path, else from pyenv
find_python = $(firstword $(shell command -v python$(1)) $(lastword $(sort $(wildcard $(HOME)/.pyenv/versions/$(1).*/bin/python$(1)))))

.PHONY: help
help: ## Show this menu
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

.PHONY: run
run: install $(CITY)/city.toml ## Set up, build the sample city if there is none, serve the app on 127.0.0.1:8501
	@echo "Getting the kernels ready (once, about a minute) ..."
	@$(RUN) -m twin.warm
	$(VENV)/bin/city-twin serve $(CITY) --port $(PORT)

$(CITY)/city.toml:
	$(VENV)/bin/city-twin sample --out $(CITY)

.PHONY: install
install: $(VENV)/installed ## Create the environment with what the app needs

$(VENV)/installed: pyproject.toml $(LOCK)
	$(PYTHON) -m venv --upgrade-deps $(VENV) 2>/dev/null || $(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) setuptools
	$(PIP_INSTALL) --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(PIP_INSTALL) --no-build-isolation --editable '.[dev]'
	@touch $@

$(LOCK):
	@echo "There is no lock for Python $(VERSION); use one of: $$(ls locks), for example make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2

.PHONY: test
test: $(VENV)/installed-dev ## Set up and run all tests on the Python at hand
	$(RUN) -m twin.warm # once, not in every process that tests
	$(RUN) -m pytest -n auto --dist loadgroup $(PYTEST)

.PHONY: test-all
test-all: ## Run all tests on Python 3.11 and 3.13
	$(MAKE) test PYTHON=$(call find_python,3.11) VENV=.venv-3.11
	$(MAKE) test PYTHON=$(call find_python,3.13) VENV=.venv-3.13

.PHONY: check
check: $(VENV)/installed-dev ## Format, lint and types: exactly what CI checks
	$(RUN) -m ruff format --check --quiet .
	$(RUN) -m ruff check --quiet .
	$(RUN) -m mypy

.PHONY: format
format: $(VENV)/installed-dev ## Format the code
	$(RUN) -m ruff format --quiet .
	$(RUN) -m ruff check --quiet --fix .

.PHONY: verify
verify: $(VENV)/installed-dev ## Hold the flood engine against theory and measurements, and write docs/verification.md
	$(RUN) tests/verification/report.py

.PHONY: bench
bench: $(VENV)/installed-dev ## Measure import, overlays, steps, store and the map, and print tables
	for script in tests/benchmarks/bench_*.py; do $(RUN) $$script || exit 1; done

.PHONY: pictures
pictures: $(VENV)/installed-dev ## Draw the pictures of the README from the running app
	$(RUN) docs/pictures.py

.PHONY: cities
cities: $(VENV)/installed-dev ## Write the figures of docs/cities.md and README.md from the real and the sample city
	$(RUN) docs/make_cities.py

.PHONY: catalogue
catalogue: $(VENV)/installed-dev ## Collect all texts for translation into the Japanese catalogue
	$(RUN) docs/make_catalogue.py

.PHONY: lock
lock: $(VENV)/installed-dev ## Pin all dependencies, one lock per Python
	for version in 3.11 3.12 3.13 3.14; do \
	  UV_PYTHON_DOWNLOADS=never $(RUN) -m uv pip compile pyproject.toml --extra dev --universal --python-version $$version \
	    --upgrade --no-header --no-annotate --no-emit-index-url --quiet --output-file locks/python-$$version.txt || exit 1; \
	done

.PHONY: clean
clean: ## Remove environments and caches; cities and runs stay
	rm -rf .venv .venv-3.* .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
