# SPDX-License-Identifier: Apache-2.0
"""The example programs, built against the installed package alone and run on real digits."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import onecnn

from .conftest import ROOT, run

LANGUAGES = {"c": "classify.c", "cpp": "classify.cpp"}
COMPILERS = {"c": ["cc", "-std=c99"], "cpp": ["c++", "-std=c++20"]}
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


@pytest.fixture(scope="module", params=LANGUAGES)
def by_cmake(request: pytest.FixtureRequest, installed_prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program built by its own CMakeLists.txt, which finds the package."""
    build = tmp_path_factory.mktemp(f"example-{request.param}")
    source = ROOT / "examples" / request.param
    run("cmake", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={installed_prefix}")
    run("cmake", "--build", build)
    return build / f"classify_{request.param}"


@pytest.fixture(scope="module")
def idx(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MNIST's test images, unpacked."""
    path = tmp_path_factory.mktemp("mnist") / "images.idx"
    path.write_bytes(gzip.decompress((data_dir / "mnist/t10k-images-idx3-ubyte.gz").read_bytes()))
    return path


def classified(output: str) -> tuple[int, list[float]]:
    first, *lines = output.splitlines()
    return int(first.removeprefix("digit ")), [float(line.split()[1]) for line in lines]


def digits_path() -> Path:
    return onecnn.models.path("digits")


def expected(image: np.ndarray) -> np.ndarray:
    outputs: np.ndarray = onecnn.load(digits_path())(image.astype(np.float32)[None, None] / 255)
    return outputs[0]


def test_digits_of_an_idx_file_are_classified(by_cmake: Path, idx: Path) -> None:
    images = np.frombuffer(idx.read_bytes(), np.uint8, offset=16).reshape(-1, 28, 28)
    for index in (0, 1, 7, 9_999):
        digit, probabilities = classified(run(by_cmake, digits_path(), idx, str(index)))
        np.testing.assert_allclose(probabilities, expected(images[index]), atol=1e-5)
        assert digit == np.argmax(probabilities)


def test_a_digit_in_a_png_is_classified(by_cmake: Path, idx: Path, tmp_path: Path) -> None:
    image = np.frombuffer(idx.read_bytes(), np.uint8, count=784, offset=16).reshape(28, 28)
    for mode in ("L", "RGB", "RGBA"):
        path = tmp_path / f"{mode}.png"
        Image.fromarray(image).convert(mode).save(path)
        digit, probabilities = classified(run(by_cmake, digits_path(), path))
        assert digit == 7
        np.testing.assert_allclose(probabilities, expected(image), atol=1e-4)


def test_what_cannot_be_classified_is_told_in_one_line(by_cmake: Path, idx: Path, tmp_path: Path) -> None:
    Image.new("L", (30, 28)).save(tmp_path / "wide.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "wide.png").read_bytes()[:40])
    (tmp_path / "cut.idx").write_bytes(idx.read_bytes()[:500])
    (tmp_path / "text").write_text("no picture of a digit")
    cases = {
        (digits_path(), tmp_path / "wide.png"): "28 x 28",
        (digits_path(), tmp_path / "cut.png"): "cut.png",
        (digits_path(), tmp_path / "cut.idx"): "ends before",
        (digits_path(), tmp_path / "text"): "neither a PNG nor an IDX",
        (digits_path(), tmp_path / "absent"): "cannot be opened",
        (digits_path(), idx, "10000"): "no image of that index",
        (digits_path(), idx, "seven"): "usage",
        (digits_path(),): "usage",
        (tmp_path / "absent.onnx", idx): "absent.onnx",
        (tmp_path / "text", idx): "text",
    }
    for arguments, words in cases.items():
        done = subprocess.run([by_cmake, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 1, arguments
        assert done.stdout == ""
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_pkg_config_builds_the_program_without_a_warning(
    language: str, installed_prefix: Path, idx: Path, tmp_path: Path
) -> None:
    (packages,) = installed_prefix.glob("lib*/pkgconfig")
    environment = {**os.environ, "PKG_CONFIG_PATH": str(packages)}
    flags = run("pkg-config", "--cflags", "--libs", "onecnn", "libpng", env=environment).split()
    source = ROOT / "examples" / language / LANGUAGES[language]
    program = tmp_path / "classify"
    run(*COMPILERS[language], *STRICT, source, *flags, f"-Wl,-rpath,{packages.parent}", "-o", program)
    assert classified(run(program, digits_path(), idx))[0] == 7


def test_the_examples_need_no_python(by_cmake: Path) -> None:
    libraries = run("ldd", by_cmake)
    assert "not found" not in libraries
    assert "python" not in libraries
    assert str(Path(sys.prefix)) not in libraries
