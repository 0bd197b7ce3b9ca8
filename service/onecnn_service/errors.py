# SPDX-License-Identifier: Apache-2.0
"""Everything a request can be refused for. Each becomes ``{"error": sentence, "detail": [...]}``."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct


class Problem(Struct, frozen=True, omit_defaults=True):
    """One field of a request that is not as it should be."""

    field: str
    expected: str
    got: str = ""


class RequestRefused(Exception):
    """Base of the refusals; ``status`` is the HTTP status they are answered with."""

    status: ClassVar[int] = 400
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, sentence: str, detail: tuple[Problem, ...] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.detail = detail


class Unreadable(RequestRefused):
    """The bytes are not what they claim to be: malformed JSON, a truncated image."""


class NoSuchModel(RequestRefused):
    """No model of that name or version."""

    status = 404


class NoModelOfKind(NoSuchModel):
    """No model for that kind of body."""


class TooSlow(RequestRefused):
    """The body did not arrive in time. The connection is closed: what may still come is not wanted."""

    status = 408
    headers: ClassVar[dict[str, str]] = {"connection": "close"}


class TooLarge(RequestRefused):
    """The body or image is over the limit. The connection is closed: the rest of the body is not wanted."""

    status = 413
    headers: ClassVar[dict[str, str]] = {"connection": "close"}


class UnsupportedMediaType(RequestRefused):
    """A content type or image format that is not read here."""

    status = 415


class Invalid(RequestRefused):
    """Readable, but of the wrong shape, type, range or columns."""

    status = 422

    @classmethod
    def field(cls, field: str, expected: str, got: str) -> Invalid:
        """A refusal over a single field: ``pixels[3]: expected ..., got ...``."""
        return cls(f"{field}: expected {expected}, got {got}.", (Problem(field, expected, got),))


class QueueFull(RequestRefused):
    """More predictions wait than the service is willing to keep."""

    status = 429
    headers: ClassVar[dict[str, str]] = {"retry-after": "1"}


class NotLoaded(RequestRefused):
    """The model exists but could not be loaded; asking again does not help."""

    status = 503


class OutOfResources(RequestRefused):
    """The model can't take this request now, and may be able to later."""

    status = 503
    headers: ClassVar[dict[str, str]] = {"retry-after": "5"}
