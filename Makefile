# SPDX-License-Identifier: Apache-2.0
# A thin front to CMake. `make demo` and `make check` install what they need first (tools/setup.sh).
PRESET ?= release

all: build

build:
	@tools/setup.sh build
	@cmake --preset $(PRESET) >build-$(PRESET).log 2>&1 || { cat build-$(PRESET).log; exit 1; }; rm -f build-$(PRESET).log
	@cmake --build --preset $(PRESET)

check:
	@tools/setup.sh check
	@$(MAKE) --no-print-directory build PRESET=dev
	@ctest --test-dir build-dev --output-on-failure --no-tests=error

demo:
	@tools/setup.sh demo
	@$(MAKE) --no-print-directory build
	@tools/demo.sh build/akin

check-full:
	@tools/setup.sh check
	@tools/check_full.sh

format:
	@tools/format.sh

install: build
	@cmake --install build

clean:
	@rm -rf build build-dev build-clang build-sanitize

.PHONY: all build check demo check-full format install clean
