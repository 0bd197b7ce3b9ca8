# SPDX-License-Identifier: Apache-2.0
"""The number of cases that pass, by group and by operator, in columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from cases import GROUPS


class Result(NamedTuple):
    """What became of a case; `fault` is None where it passes."""

    operator: str | None
    fault: str | None


Results = Mapping[str, Result]
Key = Callable[[str, Result], str | None]


def table(ours: Results, peer: Results) -> str:
    """Lay out how many of the same cases pass here and on ONNX Runtime."""
    by_group = _rows(ours, peer, lambda name, _: name.partition("/")[0])
    by_operator = _rows(ours, peer, lambda _, result: result.operator)
    groups = [(group, *by_group[group]) for group in GROUPS.values()]
    total = ("all", *(sum(column) for column in zip(*by_group.values(), strict=True)))
    operators = [(operator, *counts) for operator, counts in sorted(by_operator.items())]
    return f"{_columns('group', [*groups, total])}\n\n{_columns('operator', operators)}"


def _rows(ours: Results, peer: Results, key: Key) -> dict[str, tuple[int, int, int]]:
    cases = Counter(key(name, result) for name, result in ours.items())
    passing, peers = (
        Counter(key(name, result) for name, result in results.items() if result.fault is None)
        for results in (ours, peer)
    )
    return {row: (cases[row], passing[row], peers[row]) for row in cases if row is not None}


def _columns(subject: str, rows: list[tuple[str, int, int, int]]) -> str:
    width = max(len(row[0]) for row in rows)
    lines = [f"{subject:{width}}  cases  onecnn  ONNX Runtime"]
    lines += [f"{name:{width}}  {cases:5}  {ours:6}  {peer:12}" for name, cases, ours, peer in rows]
    return "\n".join(lines)
