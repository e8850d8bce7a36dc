# What can be done with a checkout of pulp-launcher.
.DEFAULT_GOAL := help
.PHONY: help setup lint unit test thorough demo demo-down bench clean
BIN := .venv/bin

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: ## Install what is missing: Debian packages for the test host, and .venv
	@tests/setup.sh

lint: setup ## Check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

unit: setup ## Run the tests that need no host
	$(BIN)/pytest -m "not host"

test: lint ## Run the tests; those of a real host boot one (45 minutes, root)
	$(BIN)/pytest -m "not thorough"

thorough: setup ## Run the tests that take very long: cut short, full disks, wide gaps (an hour, root)
	$(BIN)/pytest -m thorough

demo: setup ## Run a real Pulp on a throw-away host (about 5 minutes, root)
	@$(BIN)/python -m tests.acceptance.demo

demo-down: ## Take away the host of the demo
	python3 -m tests.lab down demo

bench: setup ## Measure how long things take, on a throw-away host (root)
	@$(BIN)/python -m tests.bench

clean: demo-down ## Take away all that was made in this folder, and the host of the demo
	rm -rf .venv dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
