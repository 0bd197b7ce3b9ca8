# SPDX-License-Identifier: Apache-2.0
# `make serve` and `make test` need nothing but git, make and the network; `make help` lists the rest.

HOST ?= 127.0.0.1
PORT ?= 8000
PYTHON ?= python3
# Limited by memory rather than by patience: a compiler takes up to 1 GB.
JOBS ?= $(shell nproc)
CONTAINER ?= $(firstword $(foreach tool,docker podman buildah,$(shell command -v $(tool))))
IMAGE ?= onecnn:latest

VENV := .venv
BIN := $(VENV)/bin
STAMPS := build/stamps
TREE := build/venv
ARTIFACTS ?= $(CURDIR)/build/artifacts

# The commands of the virtual environment come first: pip's builds and the tests call them by name.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export ONECNN_ARTIFACTS := $(ARTIFACTS)
ifneq ($(shell command -v ccache),)
  export CCACHE_SLOPPINESS := pch_defines,time_macros
  export CMAKE_C_COMPILER_LAUNCHER := ccache
  export CMAKE_CXX_COMPILER_LAUNCHER := ccache
endif

# Warnings are errors where we test, not where someone with a newer compiler wants the service.
test lint cpp-test py-test: WERROR := -C cmake.define.ONECNN_WERROR=ON

# The package is built in one CMake tree that is kept, by the tools of the virtual environment: a second build compiles
# only what changed, and the C++ tests link the very objects that are installed. With the shared libstdc++, so that a test's operator new counts for the library.
PIP_INSTALL = $(BIN)/python -m pip install --quiet --no-build-isolation -C build-dir=$(TREE) $(WERROR) \
              -C cmake.define.ONECNN_STATIC_RUNTIME=OFF
SOURCES := $(shell find CMakeLists.txt pyproject.toml cmake capi include src python service/onecnn_service \
                        -type f ! -name '*.pyc' 2>/dev/null)
CXX_SOURCES := $(shell find src include capi python tests/cpp examples \( -name '*.[ch]pp' -o -name '*.h' -o -name '*.c' \) \
                            2>/dev/null)

# Debian parts these two from Python itself; any other Python has them.
python_header = $(shell $(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))' 2>/dev/null)/Python.h
python_venv = $(shell $(PYTHON) -c 'import ensurepip; print(ensurepip.__file__)' 2>/dev/null || echo /absent)

SERVE_PACKAGES = g++=g++ libprotozero-dev=/usr/include/protozero/pbf_reader.hpp python3-dev=$(python_header) \
                 python3-venv=$(python_venv)
TEST_PACKAGES := libboost-test-dev=/usr/include/boost/test/included/unit_test.hpp chromium=chromium \
                 libpng-dev=/usr/include/png.h \
                 abigail-tools=abidw binutils=nm pkg-config=pkg-config buildah=buildah debootstrap=debootstrap

.DELETE_ON_ERROR:
.PHONY: help serve accuracy bench conformance test build cpp-test py-test lint format wheel image abi-record clean serve-packages test-packages

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /    make \1\t/p' $(MAKEFILE_LIST) | expand -t 24

serve: $(STAMPS)/package ## the service with its web pages (HOST, PORT)
	exec $(BIN)/onecnn serve --host $(HOST) --port $(PORT)

build: $(STAMPS)/package ## the Python package with the service, in .venv

test: lint cpp-test py-test ## every test and lint, as CI runs them
	@echo "All tests passed."

accuracy: $(STAMPS)/accuracy-extras ## MNIST's 10,000 test digits, through Python and POST /predict
	$(BIN)/python -m benchmarks.accuracy

bench: $(STAMPS)/bench-extras ## every model beside its peers, half an hour (BENCH_FLAGS="--help" for a part of it)
	$(BIN)/python -m benchmarks $(BENCH_FLAGS)

conformance: $(STAMPS)/test-extras ## ONNX's own cases, beside ONNX Runtime; renews tests/conformance/passing.txt
	$(BIN)/python tests/conformance

lint: $(STAMPS)/test-extras ## ruff, mypy, clang-format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MYPYPATH=examples/mnist $(BIN)/mypy examples/mnist
	MYPYPATH=examples/tabular $(BIN)/mypy examples/tabular
	$(BIN)/clang-format --dry-run --Werror $(CXX_SOURCES)

format: $(STAMPS)/test-extras ## format all code as lint wants it
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(CXX_SOURCES)

cpp-test: $(STAMPS)/package | test-packages ## the C++ tests
	$(BIN)/cmake -B $(TREE) -DONECNN_TESTS=ON -DONECNN_WERROR=ON
	$(BIN)/cmake --build $(TREE)
	$(BIN)/ctest --test-dir $(TREE) --output-on-failure

py-test: $(STAMPS)/test-extras | test-packages ## the Python, service, browser, packaging, image and deployment tests
	$(BIN)/pytest $(if $(wildcard $(or $(ONECNN_DATA),../shared)/mnist),--fail-on-skip) $(PYTEST_FLAGS)

wheel: $(STAMPS)/test-extras ## a repaired manylinux wheel in dist/
	rm -rf build/wheel && $(BIN)/python -m pip wheel --no-deps --wheel-dir build/wheel .
	$(BIN)/auditwheel repair --wheel-dir dist build/wheel/onecnn-*.whl

image: ## the container image (CONTAINER, IMAGE)
	@test -n "$(CONTAINER)" || { echo "Building an image needs docker, podman or buildah." >&2; exit 1; }
	$(CONTAINER) build -f service/Dockerfile -t $(IMAGE) .

abi-record: $(STAMPS)/package | test-packages ## record the ABI anew in capi/abi/
	abidw --header-file capi/onecnn.h --drop-private-types --exported-interfaces-only --no-show-locs --no-corpus-path \
	      --no-comp-dir-path --no-elf-needed --type-id-style hash $(TREE)/libonecnn.so.1 \
	| sed "s#'$(CURDIR)/#'#" > capi/abi/onecnn-1.abi

clean: ## remove what was built, .venv included
	rm -rf build dist $(VENV)

serve-packages:
	@.ci/need $(SERVE_PACKAGES)

test-packages:
	@.ci/need $(SERVE_PACKAGES) $(TEST_PACKAGES)

$(BIN)/python: | serve-packages
	$(PYTHON) -m venv $(VENV)
	$@ -m pip install --quiet 'pip>=25.1'

$(STAMPS)/build-tools: pyproject.toml $(BIN)/python
	$(BIN)/python -m pip install --quiet --group build
	@mkdir -p $(@D) && touch $@

$(STAMPS)/package: $(STAMPS)/build-tools $(SOURCES) | serve-packages
	$(PIP_INSTALL) '.[service]'
	@touch $@

$(STAMPS)/accuracy-extras: $(STAMPS)/package pyproject.toml
	$(PIP_INSTALL) '.[service,accuracy]'
	@touch $@

$(STAMPS)/bench-extras: $(STAMPS)/package pyproject.toml
	$(PIP_INSTALL) '.[service,bench]'
	@touch $@

$(STAMPS)/test-extras: $(STAMPS)/package pyproject.toml
	$(PIP_INSTALL) '.[service,train,test,dev]'
	@touch $@
