# The short way in; Meson does the work.
.PHONY: help build demo test bench fuzz install format clean

SECONDS = 30

# A build folder that is older than the packages looks for them again.
LOOK_AGAIN = test ! -f build/build.ninja || meson setup --reconfigure build > /dev/null

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

build: ## the library and build/waybill
	@tools/install-packages build
	@test -f build/build.ninja || meson setup build
	@ninja -C build

demo: build ## the chain of custody of the messages in examples/
	@examples/demo

test: ## every suite, the fast ones under sanitizers too
	@tools/install-packages build peers test
	@$(LOOK_AGAIN)
	@$(MAKE) --no-print-directory build
	@test -f build-asan/build.ninja || meson setup build-asan -Db_sanitize=address,undefined
	@ninja -C build-asan
	@tests/run build build-asan

bench: ## how fast, as a share of what openssl can do in the same run
	@tools/install-packages build peers test
	@$(LOOK_AGAIN)
	@$(MAKE) --no-print-directory build
	@bench/run build

fuzz: ## every fuzzer for SECONDS=30 each, with clang
	@tools/install-packages build fuzz
	@test -f build-fuzz/build.ninja || CC=clang meson setup build-fuzz -Dlibfuzzer=true \
	    -Db_sanitize=address,undefined -Db_lundef=false -Dc_args=-fsanitize=fuzzer-no-link
	@ninja -C build-fuzz
	@tools/fuzz build-fuzz $(SECONDS)

install: build ## below the prefix, or DESTDIR=
	@meson install -C build

format: ## the layout of .clang-format on every source
	@tools/install-packages format
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

clean: ## removes the build folders
	@rm -rf build build-asan build-fuzz
