# `make` alone prints the targets. Nothing has to be installed first but Rust and make; what a target needs, it fetches.

CYCLES ?= 200
EXAMPLES ?= 50
BUDGET ?= 300
SEED ?= 23
VENV := target/verify-venv

.DEFAULT_GOAL := help
.PHONY: help run quick check test unit ui verify guides clients conformance e2e e2e-figures page-volume screenshots pictures fuzz-api crash many-small rows rows-check kill backup copy isolation bench bench-quick growth growth-quick many month neighbours faults scaling profile openapi deny

help: ## print this
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r name text; do printf '  %-13s %s\n' "$$name" "$$text"; done

run: ## run the program on ./data
	cargo run --release --locked

quick: ## most of a change: formats, warnings and the Rust suites (without Node: DESKBELL_UI_SKIP=1)
	cargo fmt --all -- --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	scripts/postgres.sh
	cargo test --workspace --lib --test contract --test engine --test http --test api --test tidy --locked --quiet

check: rows-check ## formatting, clippy, Biome and documentation, no warning allowed; rows and paper figures true
	cargo fmt --all -- --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	scripts/modules.sh crates/deskbell-ui/web
	crates/deskbell-ui/web/node_modules/.bin/biome ci --error-on-warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked --quiet

test: check unit ui verify guides clients operating conformance-check crash many-small e2e ## everything that must hold before a change lands

unit: ## the Rust tests
	scripts/postgres.sh
	cargo test --workspace --all-targets --locked
	cargo test --workspace --doc --locked

ui: ## the page: its types against the API's document, its unit tests; and a build on a machine without Node
	cargo build --locked -p deskbell-ui
	cd crates/deskbell-ui/web && npm run --silent check && npm run --silent test
	scripts/no-node.sh

verify: ## verifiers that are not ours judge real deliveries
	cargo build --locked
	scripts/venv.sh $(VENV)
	$(VENV)/bin/python scripts/verify/run.py target/debug/deskbell

guides: ## the receivers of docs/guide/receivers, each in its language, take a real delivery and refuse forged ones
	cargo build --locked
	scripts/languages.sh
	python3 scripts/verify/guides.py target/debug/deskbell

clients: ## clients that are not ours read all of a full sandbox: of openapi.json in Python and TypeScript, the Airbyte CDK, models of events
	cargo build --locked
	scripts/venv.sh target/clients-venv ../clients/python
	scripts/venv.sh target/airbyte-venv ../clients/airbyte
	scripts/modules.sh clients/typescript
	target/clients-venv/bin/python clients/run.py target/debug/deskbell target/airbyte-venv/bin/python

.PHONY: operating
operating: ## systemd, Prometheus, nginx, Caddy and docker-compose try what packaging/ and docs/operating.md give them; the image's root is entered
	cargo build --locked
	scripts/operating.sh
	python3 scripts/operating/run.py target/debug/deskbell $(ONLY)

conformance: ## provoke every operation, parameter, field, error and trigger of the vendor's contract, and write docs/reference/conformance.md
	cargo build --locked
	python3 scripts/conformance/run.py target/debug/deskbell

.PHONY: conformance-check
conformance-check:
	cargo build --locked
	python3 -m doctest scripts/conformance/calls.py
	python3 scripts/conformance/run.py target/debug/deskbell --check

e2e: e2e-ready ## the dashboard in Chromium against the real program: every screen, the stream, strangers' text, the keyboard
	cd e2e && node --test --test-concurrency=2 tests/

.PHONY: on-postgres
on-postgres: e2e-ready ## the API's suite and the dashboard's, on PostgreSQL: they are in `test` on the embedded stores
	scripts/on-postgres.sh cargo test --locked -p deskbell-server --test api
	cd e2e && ../scripts/on-postgres.sh node --test --test-concurrency=2 tests/

.PHONY: bench-postgres
bench-postgres: optimised ## bench-quick on PostgreSQL, beside the same bare client
	DURABLE=1 scripts/on-postgres.sh target/dist/bench --quick --binary scripts/with-database.sh

e2e-figures: optimised ## measure the dashboard in Chromium and write docs/evidence/dashboard.md
	scripts/chromium.sh
	scripts/modules.sh e2e
	DESKBELL_BINARY=$(CURDIR)/target/dist/deskbell node e2e/figures.mjs

page-volume: optimised ## measure the list at 50,000 deliveries and 200 events/s, and write docs/evidence/page.md
	scripts/chromium.sh
	scripts/modules.sh e2e
	DESKBELL_BINARY=$(CURDIR)/target/dist/deskbell node e2e/volume.mjs

screenshots: e2e-ready ## pictures of every screen, in both themes, into target/screenshots
	node e2e/screenshots.mjs

fuzz-api: ## schemathesis reads openapi.json and looks for answers it does not promise, EXAMPLES a call, BUDGET seconds at most, by SEED
	cargo build --locked
	scripts/venv.sh target/fuzz-venv fuzz
	target/fuzz-venv/bin/python scripts/fuzz/run.py target/debug/deskbell --max-examples $(EXAMPLES) --max-time $(BUDGET) --seed $(SEED)

crash: ## a short `make kill` with the debug build
	cargo build --locked -p deskbell-server -p deskbell-bench
	target/debug/kill --cycles 12 --rate 50

many-small: ## some of everything: sleeping webhooks, slow receivers, greedy callers, idle streams; counts only
	cargo build --locked -p deskbell-server -p deskbell-bench
	target/debug/many --small

rows: ## the rows of docs/rows.md and docs/reference/complaints.md, and the tests of each
	@scripts/rows.py
	@scripts/complaints.py

rows-check: ## fail if a row of docs/rows.md or docs/reference/complaints.md has no test, or docs/scaling.md is not what its figures give
	python3 -m doctest scripts/rows.py scripts/complaints.py scripts/scaling.py
	scripts/rows.py --check
	scripts/complaints.py --check

kill: optimised ## kill -9 under load, CYCLES=200 times, then count what became of every event
	target/dist/kill --report --cycles $(CYCLES)

backup: optimised ## back up under load, lose everything and restore, CYCLES=200 times, then count; and time it beside a plain copy
	target/dist/backup --report --cycles $(CYCLES)

copy: optimised ## copy THOUSANDS=1000 thousand events to PostgreSQL, killed twice on the way, then count and compare
	target/dist/copy --report --thousands $(or $(THOUSANDS),1000)

.PHONY: machines-kill fail-over apart
machines-kill: optimised ## three machines on one PostgreSQL, killed under load, KILLS=50 times a run; runs add up in target/
	target/dist/machines --report kill --kills $(or $(KILLS),50)

fail-over: optimised ## PostgreSQL is killed under load and its synchronous standby takes its place, TIMES=10 times a run; runs add up in target/
	target/dist/machines --report fail-over --times $(or $(TIMES),10)

apart: optimised ## machines on one PostgreSQL stopped, cut off from it, and with wrong clocks, ROUNDS=1 times each (7 minutes); runs add up in target/
	target/dist/machines --report apart --rounds $(or $(ROUNDS),1)

isolation: optimised ## what one dead webhook among 100 does to the others
	target/dist/isolation

bench: optimised ## speed, beside a bare HTTP client in the same run; with BASE=a commit, beside that commit's program in turn
	$(if $(BASE),scripts/base.sh $(BASE))
	target/dist/bench $(if $(BASE),--base target/base/deskbell --base-name $(BASE))

bench-quick: optimised ## the same in about a minute, once and shorter
	target/dist/bench --quick

growth: optimised ## curves over webhooks, accounts, attempts kept and deliveries due, with plots, in about 35 minutes and 10 GB of target/
	target/dist/growth

growth-quick: optimised ## one small step of each curve in about four minutes, into target/growth.md
	target/dist/growth --quick

many: optimised ## a healthy neighbour among 100,000 webhooks, a million rows, 200 slow receivers, 20 greedy callers, 1,000 streams; 3 minutes
	target/dist/many

month: optimised ## a month of THOUSANDS=200 thousand events, run fast, of which some days are kept: whether the file stays as large as it is
	target/dist/month --report --thousands $(or $(THOUSANDS),200) --days $(or $(DAYS),30) --kept $(or $(KEPT),8) --accounts $(or $(ACCOUNTS),10)

neighbours: optimised ## a quiet account beside one that is mean, in each of ten ways; ratios and memory; 5 minutes
	target/dist/neighbours

faults: optimised ## put faults in under load, one at a time (a row, a full disk, failing fsync, a wrong clock …), or ONLY="clock"; 20 minutes
	$(shell unshare -rm true 2>/dev/null && echo unshare -rm) target/dist/faults $(if $(ONLY),--only "$(ONLY)")

scaling: ## work docs/scaling.md out anew from docs/evidence/bench.md
	scripts/scaling.py

profile: optimised ## a flame graph of the program under load, into target/profile.svg
	scripts/profile.sh

openapi: ## write openapi.json and the generated pages of docs/reference anew from the code
	cargo build --quiet --locked -p deskbell-server
	target/debug/deskbell openapi > target/openapi.json && mv target/openapi.json openapi.json
	target/debug/deskbell reference errors > target/errors.md && mv target/errors.md docs/reference/errors.md
	target/debug/deskbell reference outcomes > target/outcomes.md && mv target/outcomes.md docs/reference/outcomes.md
	target/debug/deskbell reference triggers > target/triggers.md && mv target/triggers.md docs/reference/triggers.md
	sed -n 's/^| \[`\([a-z._]*\)`.*/\1/p' docs/reference/triggers.md | while read -r trigger; do \
	    target/debug/deskbell reference triggers $$trigger > target/trigger.md && mv target/trigger.md docs/reference/triggers/$$trigger.md; done

deny: ## licences, bans and sources of the dependencies (needs cargo-deny)
	cargo deny check bans licenses sources

.PHONY: optimised
optimised: ## build what is measured, as fast as it gets, into target/dist
	cargo build --profile dist --locked -p deskbell-server -p deskbell-bench

.PHONY: dist
dist: ## make what is shipped, into target/shipped: static programs, what they are made of (SBOM), checksums
	scripts/dist.sh

pictures: e2e-ready ## the pictures of the README, into docs/pictures
	node e2e/pictures.mjs

.PHONY: e2e-ready
e2e-ready:
	cargo build --locked
	scripts/chromium.sh
	scripts/modules.sh e2e
