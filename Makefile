# Jishi's verbs. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
T ?= tests
ARGS ?=
LOCALE ?= zh_CN
CHECKS := "ruff check ." "ruff format --check ." "mypy" "lint-imports" "djlint app --lint --quiet"
DEVELOP := $(PYTHON) -m deploy.local.bootstrap dev && $(PYTHON) -m deploy.local.vendor

export PORT
# Where an image forbids it, Python would compile everything anew in every process, which doubles how long a start takes.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test browser bench lint format messages migration release vendor lock clean

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Install what is missing and serve on http://127.0.0.1:$PORT
	@exec $(PYTHON) -m deploy.local.run

# The driver of the browser keeps an event loop, which the other tests must not share: it gets processes of its own.
# Each of the two has a site of its own; `ARGS="-n 0"` runs them in one.
test: ## Run the whole suite, or T=path; ARGS go to pytest
	@$(DEVELOP)
	@failed=0; \
	$(BIN)/python -m pytest -n 2 -m "not browser" $(ARGS) $(T) || [ $$? -eq 5 ] || failed=1; \
	$(BIN)/python -m pytest -n 2 --timeout 300 $(ARGS) -m browser $(T:tests=tests/browser) || [ $$? -eq 5 ] || failed=1; \
	exit $$failed

browser: ## Run only the tests that drive a browser
	@$(DEVELOP)
	@$(BIN)/python -m pytest -n 2 --timeout 300 -m browser $(ARGS) tests/browser

bench: ## Run the benchmarks and print what they measured
	@$(DEVELOP)
	@$(BIN)/python -m pytest -n 0 -p no:randomly -s -q --no-header --timeout 900 -o python_files="bench_*.py" $(ARGS) tests/benchmarks

lint: ## Check style, types, imports and templates
	@$(DEVELOP)
	@failed=0; for check in $(CHECKS); do \
		echo "· $$check"; $(BIN)/$$check || failed=1; \
	done; exit $$failed

format: ## Rewrite the code the way `make lint` wants it
	@$(DEVELOP)
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

messages: ## Collect texts into each module's catalogue, for LOCALE (zh_CN)
	@$(DEVELOP)
	@$(BIN)/python -m deploy.local.messages $(LOCALE)

migration: ## Write a migration for changed models while `make run` runs: M="what changes"
	@$(DEVELOP)
	@$(BIN)/flask --app wsgi database revision "$(M)"

release: ## Record what this release asks of its schema, so that the next one keeps it (docs/deployment.md)
	@$(DEVELOP)
	@$(BIN)/python -m pytest -n 0 -p no:randomly -p tests.recording -q -m "not live and not browser" $(ARGS) $(T)

vendor: ## Install the browser's assets and the PDF fonts
	@$(PYTHON) -m deploy.local.bootstrap
	@$(PYTHON) -m deploy.local.vendor

lock: ## Resolve setup.cfg and package.json anew; UPGRADE=1 takes newer versions
	@$(DEVELOP)
	@$(BIN)/python -m deploy.local.lock $(if $(UPGRADE),--upgrade)

clean: ## Remove what was installed or generated; data in var/ stays
	rm -rf .venv node_modules static/vendor var/vendor build dist *.egg-info .coverage .coverage.* htmlcov
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis
	find . -name __pycache__ -prune -exec rm -rf {} +
