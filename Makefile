# One virtual environment, made from the committed locks. `make run` and `make test` need nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check bench full chaos generate lock services services-stop clean

run: $(VENV)/run.stamp  ## set up and start the hub with the demo
	$(BIN)/ijwhub demo

test: $(VENV)/dev.stamp  ## set up and run the tests, three files at a time: many of them mostly wait, and those come first
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: $(VENV)/dev.stamp  ## style, types and the direction of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.stamp  ## cost of a message, of Kafka and of monitors, false alarms of drift, full agreement with the schemas
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.kafka
	$(BIN)/python -m tests.bench.monitors
	$(BIN)/python -m tests.bench.drift
	$(MAKE) full

full: $(VENV)/dev.stamp  ## the long runs of tests that sample by default
	$(BIN)/python -m pytest -m full
	$(BIN)/python -m pytest --hypothesis-profile searching tests/property tests/adapters

chaos: $(VENV)/dev.stamp  ## the long fault test of the exchange on Kafka; stopped as failed after 15 minutes
	$(BIN)/python -m tests.support.chaos --full

generate: $(VENV)/dev.stamp  ## write schemas, structures, events, dashboards and the README's count of rules anew
	$(BIN)/python -m schemas.ijw_3_2.generate
	$(BIN)/python -m schemas.ijw_3_2.rules.coverage
	$(BIN)/python -m streams.cli.topics
	$(BIN)/python -m monitoring.dashboards

lock: $(VENV)/dev.stamp  ## write the locks anew from pyproject.toml
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile $(LOCK) pyproject.toml --group build -o requirements.lock
	$(BIN)/uv pip compile $(LOCK) pyproject.toml --group dev -o requirements-dev.lock

LOCK := --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header

services:  ## start Kafka and PostgreSQL on this machine, and say how the hub finds them
	$(PYTHON) -m deploy.services start

services-stop:  ## stop them; their data stay in var/services
	$(PYTHON) -m deploy.services stop

clean: $(if $(wildcard var/services),services-stop)  ## remove the environment and all data of the demo and the services
	rm -rf $(VENV) var

$(VENV)/run.stamp: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@ $(VENV)/run.stamp
