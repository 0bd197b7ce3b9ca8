# SPDX-License-Identifier: Apache-2.0
"""What the measurements were made on and with."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass

from .engines import ENGINES, version
from .models import ROOT


@dataclass(frozen=True)
class Machine:
    """A machine and what is installed on it.

    Attributes
    ----------
    processor, cpus, vectors, memory_gib, system
        As the kernel names them; `cpus` are those that this process may use.
    engines
        Versions of the engines that are installed.
    revision
        The commit that was measured, with a plus where files differ from it.
    """

    processor: str
    cpus: int
    vectors: str
    memory_gib: float
    system: str
    engines: dict[str, str]
    revision: str

    def __str__(self) -> str:
        engines = ", ".join(f"{name} {version}" for name, version in self.engines.items())
        return (
            f"{self.processor}, {self.cpus} CPUs, {self.vectors}, {self.memory_gib:.0f} GiB, {self.system}, "
            f"Python {platform.python_version()}; {engines}; revision {self.revision}"
        )


def describe() -> Machine:
    """Describe this machine."""
    lines = subprocess.run(["lscpu"], capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C"})
    facts = {key: fact.strip() for key, _, fact in (line.partition(":") for line in lines.stdout.splitlines())}
    flags = set(facts.get("Flags", "").split())
    known = {
        "avx2": "AVX2",
        "avx_vnni": "AVX-VNNI",
        "avx512f": "AVX-512",
        "avx512_vnni": "AVX-512 VNNI",
        "amx_tile": "AMX",
    }
    return Machine(
        processor=f"{facts.get('Model name', platform.machine())} (family {facts.get('CPU family', '?')}, "
        f"model {facts.get('Model', '?')})",
        cpus=len(os.sched_getaffinity(0)),
        vectors=", ".join(name for flag, name in known.items() if flag in flags) or "no vectors named",
        memory_gib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        system=f"{platform.system()} {platform.release()}",
        engines={name: found for name in ENGINES if (found := version(name)) is not None},
        revision=_revision(),
    )


def _revision() -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return described.stdout.strip() or "unknown"
