# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEADER = ROOT / "capi/onecnn.h"
RECORD = ROOT / "capi/abi/onecnn-1.abi"


def test_exports_the_header_and_nothing_else(declared: set[str], exported: set[str]) -> None:
    assert exported == {f"{name}@@ONECNN_1" for name in declared}


def test_soname_is_the_abi_version(library: Path) -> None:
    dynamic = subprocess.run(["readelf", "-d", str(library)], capture_output=True, text=True, check=True).stdout
    assert re.findall(r"SONAME.*\[(.*)\]", dynamic) == ["libonecnn.so.1"]


def test_library_breaks_nothing_that_is_on_record(library: Path) -> None:
    if shutil.which("abidiff") is None:
        pytest.skip("not installed: abidiff")
    done = subprocess.run(
        [
            "abidiff",
            "--header-file2",
            HEADER,
            "--drop-private-types",
            "--exported-interfaces-only",
            "--no-added-syms",
            RECORD,
            library,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_record_has_every_function(declared: set[str]) -> None:
    recorded = set(re.findall(r"<elf-symbol name='(\w+)'", RECORD.read_text()))
    assert recorded == declared, "run `make abi-record` and commit what it wrote"


def test_record_names_no_place_of_the_machine_that_made_it() -> None:
    assert not re.findall(r"'/\w[^']*'", RECORD.read_text())


@pytest.mark.parametrize("standard", ["c89", "c99", "c11", "c17"])
def test_header_is_clean_c(standard: str, header_dir: Path, tmp_path: Path) -> None:
    source = tmp_path / "header.c"
    source.write_text("#include <onecnn/onecnn.h>\nint onecnn_header_is_included;\n")
    subprocess.run([*compiler(standard, header_dir), "-fsyntax-only", str(source)], check=True)


def test_c89_program_links_every_function(declared: set[str], header_dir: Path, library: Path, tmp_path: Path) -> None:
    source = tmp_path / "every_function.c"
    entries = ",\n".join(f"    (function){name}" for name in sorted(declared))
    source.write_text(
        "#include <onecnn/onecnn.h>\n"
        "typedef void (*function)(void);\n"
        f"static const function functions[] = {{\n{entries}\n}};\n"
        "int main(void) {\n"
        "    size_t i;\n"
        "    for (i = 0; i < sizeof functions / sizeof functions[0]; ++i)\n"
        "        if (functions[i] == NULL) return 1;\n"
        "    return onecnn_version()[0] == '\\0';\n"
        "}\n"
    )
    program = tmp_path / "every_function"
    command = [
        *compiler("c89", header_dir),
        str(source),
        str(library),
        f"-Wl,-rpath,{library.parent}",
        "-o",
        str(program),
    ]
    subprocess.run(command, check=True)
    subprocess.run([program], check=True)


def compiler(standard: str, include: Path) -> list[str]:
    warnings = ("-pedantic", "-Wall", "-Wextra", "-Werror", "-Wno-cast-function-type")
    return ["cc", f"-std={standard}", *warnings, f"-I{include}"]
