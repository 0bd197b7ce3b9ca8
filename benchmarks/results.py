# SPDX-License-Identifier: Apache-2.0
"""What a run measured, kept as JSON, so that a long run can be made in pieces."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .callers import Busy, Callers
from .compare import Cell, Timing
from .input_sizes import InputSizes
from .int8 import Int8
from .machine import Machine
from .profiles import Part, Profile
from .startup import Startup


@dataclass
class Results:
    """Measurements by section; what is measured again takes the place of what was there."""

    machine: Machine
    cells: dict[str, Cell] = field(default_factory=dict)
    startups: dict[str, Startup] = field(default_factory=dict)
    callers: dict[str, Callers] = field(default_factory=dict)
    busy: dict[str, Busy] = field(default_factory=dict)
    input_sizes: InputSizes | None = None
    int8: dict[str, Int8] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)

    def add(self, cell: Cell) -> None:
        """Keep a cell."""
        self.cells[f"{cell.model}/{cell.batch}/{cell.threads}"] = cell

    def save(self, path: Path) -> None:
        """Write JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")


def load(path: Path) -> Results:
    """Read what `Results.save` wrote."""
    known: dict[str, Any] = json.loads(path.read_text())
    sizes = known["input_sizes"]
    return Results(
        Machine(**known["machine"]),
        {key: _cell(cell) for key, cell in known["cells"].items()},
        {key: Startup(**each) for key, each in known["startups"].items()},
        {key: Callers(**each) for key, each in known["callers"].items()},
        {key: Busy(**each) for key, each in known["busy"].items()},
        None if sizes is None else InputSizes(**sizes),
        {key: Int8(**each) for key, each in known["int8"].items()},
        {key: _profile(each) for key, each in known.get("profiles", {}).items()},
    )


def _profile(known: dict[str, Any]) -> Profile:
    known["parts"] = [Part(**part) for part in known["parts"]]
    return Profile(**known)


def _cell(known: dict[str, Any]) -> Cell:
    known["timings"] = {name: Timing(**timing) for name, timing in known["timings"].items()}
    return Cell(**known)
