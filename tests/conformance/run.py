# SPDX-License-Identifier: Apache-2.0
"""Run ONNX's backend cases on one backend and print JSON: ``{case: {"operator": …, "fault": …}}``."""

from __future__ import annotations

import argparse
import json
import re
import sys

from cases import Cases
from worker import outcomes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("backend", help="the module with ONNX's backend interface")
    parser.add_argument("pattern", nargs="?", default="", type=re.compile, help="of the names of the cases that run")
    parser.add_argument("--limit", type=float, default=60, help="the seconds that one case may take")
    arguments = parser.parse_args()
    cases = Cases()
    selected = [case for case in cases.all if arguments.pattern.search(case.name)]
    operators = {case.name: case.operator for case in selected}
    faults = outcomes(cases, selected, arguments.backend, arguments.limit)
    json.dump({name: {"operator": operators[name], "fault": fault} for name, fault in faults}, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
