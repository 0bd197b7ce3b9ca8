# SPDX-License-Identifier: Apache-2.0
"""Guest records as a matrix, and how a CSV file becomes one."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from columns import COLUMNS

TRUTH = {"true": 1.0, "false": 0.0}


class TableError(Exception):
    """The file is not a table of guests; the message names the line and the column."""


@dataclass(frozen=True)
class Table:
    """Records and what came of them.

    Attributes
    ----------
    features : ndarray of float32, shape (N, 37)
        In the order of ``COLUMNS``; True is 1, False is 0.
    labels : ndarray of int64, shape (N,)
        0 or 1.
    source : str
        What the records are, for the model's metadata.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]
    source: str


def read_csv(path: Path, label: str) -> Table:
    """Read a table with a header line; columns may come in any order, others are ignored.

    Parameters
    ----------
    path
        The file, UTF-8, comma separated.
    label
        The column with 0 and 1 that is to be predicted.

    Raises
    ------
    TableError
        The file can't be read, lacks a column or rows, or a value is not a finite number (nor
        True or False), or a label is neither 0 nor 1.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in (*COLUMNS, label) if name not in (reader.fieldnames or ())]
            if missing:
                raise TableError(f"{path} lacks the columns {', '.join(missing)}")
            rows: list[list[float]] = []
            labels: list[int] = []
            for row in reader:
                where = f"{path}, line {reader.line_num}"
                rows.append([_number(row[name], name, where) for name in COLUMNS])
                labels.append(_label(row[label], label, where))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path} can't be read: {error}") from error
    if len(set(labels)) < 2:
        raise TableError(f"{path}: column {label} must hold both 0 and 1")
    features = np.asarray(rows, dtype=np.float32)
    return Table(features, np.asarray(labels, dtype=np.int64), path.name)


def _number(text: str | None, column: str, where: str) -> float:
    written = (text or "").strip()
    try:
        value = TRUTH.get(written.lower())
        value = float(written) if value is None else value
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise TableError(f"{where}: {column} is {written!r}, expected a number, True or False")
    return value


def _label(text: str | None, column: str, where: str) -> int:
    value = _number(text, column, where)
    if value not in (0.0, 1.0):
        raise TableError(f"{where}: {column} is {text!r}, expected 0 or 1")
    return int(value)
