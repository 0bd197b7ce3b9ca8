# SPDX-License-Identifier: Apache-2.0
"""Reading JSON that nobody vouches for, and naming what came in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from onecnn_service.errors import Invalid, Unreadable

_LONGEST_SHOWN = 40


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what a JSON decoder raises into a refusal.

    Raises
    ------
    Invalid
        For values that JSON allows and no number here can hold.
    Unreadable
        For everything that is not JSON.
    """
    try:
        yield
    except msgspec.ValidationError as error:
        sentence = str(error).replace(" - at `$", " at `")
        raise Invalid(f"{name}: {sentence[0].lower()}{sentence[1:]}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"The {name} is unreadable: {error}; note that JSON knows no NaN or Infinity.") from error
    except RecursionError as error:
        raise Unreadable(f"The {name} is nested too deeply.") from error


def kind_of(value: object) -> str:
    """Name a decoded value: ``the string "a"``, ``null``, ``a list``."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value:g}" if abs(value) < 1e300 else "a number beyond 1e300"
        case str():
            return f'the string "{shown(value)}"'
        case list():
            return f"a list of {len(value)}"
        case _:
            return "an object"


def shown(text: str) -> str:
    """Make a client's text fit into a sentence: on one line, and not too long."""
    line = text if text.isprintable() else repr(text)[1:-1]
    return line if len(line) <= _LONGEST_SHOWN else line[:_LONGEST_SHOWN] + "…"
