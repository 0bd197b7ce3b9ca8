# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from .conftest import run

CONSUMER = """
cmake_minimum_required(VERSION 3.24)
project(consumer LANGUAGES CXX C)
find_package(onecnn 0.1 CONFIG REQUIRED)
add_executable(from_c from_c.c)
target_link_libraries(from_c PRIVATE onecnn::onecnn)
add_executable(from_cpp from_cpp.cpp)
target_compile_features(from_cpp PRIVATE cxx_std_20)
target_link_libraries(from_cpp PRIVATE onecnn::onecnn)
"""
FROM_C = """
#include <onecnn/onecnn.h>
int main(void) { return onecnn_abi_version() != 1; }
"""
FROM_CPP = """
#include <onecnn/onecnn.hpp>
int main() { return onecnn_abi_version() != 1; }
"""


def test_find_package_serves_c_and_cpp(installed_prefix: Path, tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text(CONSUMER)
    (tmp_path / "from_c.c").write_text(FROM_C)
    (tmp_path / "from_cpp.cpp").write_text(FROM_CPP)
    run("cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={installed_prefix}")
    run("cmake", "--build", tmp_path / "build")
    run(tmp_path / "build/from_c")
    run(tmp_path / "build/from_cpp")


def test_pkg_config_serves_c(installed_prefix: Path, tmp_path: Path) -> None:
    if shutil.which("pkg-config") is None:
        pytest.skip("not installed: pkg-config")
    (directory,) = installed_prefix.glob("lib*/pkgconfig")
    flags = run("pkg-config", "--cflags", "--libs", "onecnn", env={**os.environ, "PKG_CONFIG_PATH": str(directory)})
    (tmp_path / "from_c.c").write_text(FROM_C)
    rpath = f"-Wl,-rpath,{directory.parent}"
    run(
        "cc",
        "-std=c89",
        "-pedantic",
        "-Werror",
        tmp_path / "from_c.c",
        *flags.split(),
        rpath,
        "-o",
        tmp_path / "from_c",
    )
    run(tmp_path / "from_c")


def test_installed_files_name_no_place_of_the_build(installed_prefix: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    texts = [path for suffix in ("*.cmake", "*.pc", "*.h", "*.hpp") for path in installed_prefix.rglob(suffix)]
    assert texts
    assert [path for path in texts if str(root) in path.read_text()] == []
