# SPDX-License-Identifier: Apache-2.0
"""Records by column name to the matrix that a tabular model takes."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from onecnn_service.description import Column, TabularInput
from onecnn_service.errors import Invalid, Problem
from onecnn_service.json_values import kind_of, reading, shown

_EXPECTED = {"number": "a number", "integer": "a whole number", "boolean": "true or false"}
_LARGEST = float(np.finfo(np.float32).max)
_NAMED_AT_MOST = 5


def read(raw: bytes, spec: TabularInput, max_rows: int) -> NDArray[np.float32]:
    """Read one record or a list of them.

    Parameters
    ----------
    raw
        JSON of ``{"column": value, ...}`` or a list of such; every column once, in any order.
    spec
        The model's columns.
    max_rows
        Most records in a list.

    Returns
    -------
    ``[N, len(columns)]`` float32, in the model's column order.

    Raises
    ------
    Invalid
        If a column is missing, unknown or of the wrong type. ``detail`` names every one.
    """
    if raw.count(b",") > max_rows * (len(spec.columns) + 1) or raw.count(b"{") > max_rows:
        raise Invalid.field("body", f"at most {max_rows} records of {len(spec.columns)} columns", "more")
    with reading("body"):
        decoded = msgspec.json.decode(raw)
    records = decoded if isinstance(decoded, list) else [decoded]
    if not records:
        raise Invalid.field("body", "a record or a list of records", "an empty list")
    matrix = np.empty((len(records), len(spec.columns)), np.float32)
    for index, record in enumerate(records):
        place = f"body[{index}]" if isinstance(decoded, list) else "body"
        if not isinstance(record, dict):
            raise Invalid.field(place, "a record with a value for each column", kind_of(record))
        matrix[index] = _row(record, spec.columns, "" if place == "body" else f"{place}.")
    return matrix


def _row(record: dict[str, object], columns: tuple[Column, ...], prefix: str) -> list[float]:
    missing = [column for column in columns if column.name not in record]
    unknown = record.keys() - {column.name for column in columns}
    if missing or unknown:
        raise _wrong_columns(missing, sorted(unknown), prefix)
    values, problems = [], []
    for column in columns:
        value = record[column.name]
        if _fits(value, column):
            values.append(float(value))  # type: ignore[arg-type]
        else:
            problems.append(Problem(prefix + column.name, _expected(value, column), kind_of(value)))
    if problems:
        first = problems[0]
        more = f" ({len(problems) - 1} more columns are wrong)" if len(problems) > 1 else ""
        raise Invalid(f"{first.field}: expected {first.expected}, got {first.got}{more}.", tuple(problems))
    return values


def _expected(value: object, column: Column) -> str:
    too_large = isinstance(value, int | float) and abs(value) > _LARGEST
    return _EXPECTED[column.type] + (" within ±3.4e38" if too_large else "")


def _fits(value: object, column: Column) -> bool:
    if isinstance(value, bool):
        return column.type == "boolean"
    if not isinstance(value, int | float) or abs(value) > _LARGEST:
        return False
    match column.type:
        case "boolean":
            return value in (0, 1)
        case "integer":
            return float(value).is_integer()
        case _:
            return True


def _wrong_columns(missing: list[Column], unknown: list[str], prefix: str) -> Invalid:
    sentences = []
    if missing:
        sentences.append(_listed("missing", [column.name for column in missing]))
    if unknown:
        sentences.append(_listed("unknown", unknown))
    problems = [Problem(prefix + column.name, _EXPECTED[column.type], "nothing") for column in missing]
    problems += [Problem(prefix + shown(name), "no such column", "a value") for name in unknown[:100]]
    where = f"{prefix.rstrip('.')}: " if prefix else ""
    return Invalid(f"{where}{'; '.join(sentences)}.", tuple(problems))


def _listed(what: str, names: list[str]) -> str:
    listed = ", ".join(shown(name) for name in names[:_NAMED_AT_MOST])
    rest = len(names) - _NAMED_AT_MOST
    return f"{what} column{'s' if len(names) > 1 else ''} {listed}" + (f" and {rest} more" if rest > 0 else "")
