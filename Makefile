# SPDX-License-Identifier: Apache-2.0
# A thin front to CMake. `make demo` and `make check` install what they need first (tools/setup.sh).
PRESET ?= release

all: build

build:
	@tools/setup.sh build
	@cmake --preset $(PRESET) >build-$(PRESET).log 2>&1 || { cat build-$(PRESET).log; exit 1; }
	@grep -E '^-- (OpenMP|WebP|TIFF|GIF|HEIF|ICU|SQLite|onnxruntime): (not found|off),' build-$(PRESET).log || :; rm -f build-$(PRESET).log
	@cmake --build --preset $(PRESET)

check:
	@tools/setup.sh check
	@$(MAKE) --no-print-directory build PRESET=dev
	@TMPDIR="$$(tools/scratch.sh)" ctest --test-dir build-dev --output-on-failure --no-tests=error -j$$(($$(nproc) + 1)) # some wait for the disk

demo:
	@tools/setup.sh demo
	@$(MAKE) --no-print-directory build
	@tools/demo.sh build/akin

check-full:
	@tools/setup.sh full
	@tools/check_full.sh

# The documents as pages for a browser, build-site/html/index.html.
site:
	@tools/setup.sh site
	@$(MAKE) --no-print-directory build
	@tools/site.sh build/akin

format:
	@tools/format.sh

# make install PREFIX=/usr/local DESTDIR=: DESTDIR is where a package is put together.
install: build
	@umask 022; DESTDIR='$(DESTDIR)' cmake --install build $(if $(PREFIX),--prefix '$(abspath $(PREFIX))')
	@printf '%s\n' '$(DESTDIR)' >build/install_manifest.txt.destdir
	@if [ -z '$(DESTDIR)' ] && [ "$$(id -u)" = 0 ]; then ldconfig; fi

uninstall:
	@DESTDIR='$(DESTDIR)' tools/uninstall.sh build/install_manifest.txt
	@if [ -z '$(DESTDIR)' ] && [ "$$(id -u)" = 0 ]; then ldconfig; fi

clean:
	@rm -rf build build-dev build-bare build-clang build-sanitize build-threads build-coverage build-wheel build-mutants build-fuzz build-deb build-site

.PHONY: all build check demo check-full site format install uninstall clean
