# `make help` lists the verbs.
.PHONY: setup build test conformance fuzz demo crash soak simulate attack same-integers bench format help
.DEFAULT_GOAL := help

setup: ## Install what is missing; nothing to do the second time
	@bash scripts/setup.sh
	@scripts/make-corpora.sh

build: setup ## Make .build/release/whence
	swift build -c release --product whence

test: setup ## Build and run every test
	swift build --build-tests
	@scripts/test.sh

conformance: build ## Let unmodified clients from PyPI talk to a node, by key and by proxy, and print what each can do
	scripts/conformance/run.sh

fuzz: setup ## Feed every decoder what libFuzzer makes of samples, SECONDS_EACH=30 each
	@bash scripts/fuzz.sh

demo: build ## Tell the whole story in the terminal, from data to payout
	.build/release/whence demo

soak: build ## Let 500 clients, good and bad, at the demo's server for half an hour, and kill it
	.build/release/whence soak --data .whence/demo

crash: build ## Kill a node 50 times, and check that it keeps what it acknowledged
	.build/release/whence crash --runs 50

simulate: build ## Run 20 random histories of 10,000 blocks, two at a time, and check every block
	.build/release/whence simulate --seeds 1-10 --blocks 10000 & \
	.build/release/whence simulate --seeds 11-20 --blocks 10000; code=$$?; wait $$! && exit $$code

attack: build ## Try every attack on pay on ten fields each, and print what it earns
	.build/release/whence attack all

same-integers: build ## Check that debug and release builds, one thread and two, agree on all integers
	swift build --product whence
	scripts/same-integers.sh

bench: build ## Measure the engine on this machine, about a minute
	.build/release/whence bench engine

format: ## Format the Swift sources, and name what can't be put right by itself
	swift format --in-place --recursive Package.swift Sources Tests
	swift format lint --strict --recursive Package.swift Sources Tests

help: ## Show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
