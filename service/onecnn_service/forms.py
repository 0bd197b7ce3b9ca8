# SPDX-License-Identifier: Apache-2.0
"""The forms a prediction's body may take, told apart by form alone and never by the values inside."""

from __future__ import annotations

import base64
import binascii
import codecs
from dataclasses import dataclass

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from onecnn_service.description import Description, ImageClassifier, TabularClassifier
from onecnn_service.errors import Invalid, Problem, Unreadable, UnsupportedMediaType
from onecnn_service.json_values import kind_of, reading, shown

ACCEPTED = "application/json, multipart/form-data with a field 'file', or an image as image/* or octet-stream"

_CURL_DEFAULT = "application/x-www-form-urlencoded"

IMAGE_FORMS = (
    '{"pixels": [0..255, ...]}, {"image": [0..1, ...]}, {"image": "data:image/png;base64,..."} or a bare list of '
    "numbers from 0 to 255"
)


@dataclass(frozen=True, slots=True)
class PixelArray:
    """JSON numbers from 0 to ``white``; an empty ``field`` means that they are the whole body."""

    raw: bytes
    field: str
    white: int


@dataclass(frozen=True, slots=True)
class ImageFile:
    """The bytes of an image file that came in ``field``."""

    data: bytes
    field: str


@dataclass(frozen=True, slots=True)
class Records:
    """JSON of one tabular record or a list of them."""

    raw: bytes
    many: bool


Form = PixelArray | ImageFile | Records


class _ImageBody(Struct):
    pixels: Raw | UnsetType = UNSET
    image: Raw | UnsetType = UNSET


def is_multipart(content_type: str) -> bool:
    """Whether the body is a form whose ``file`` field is wanted."""
    return _media_type(content_type) == "multipart/form-data"


def read(body: bytes, content_type: str, kind: type[Description] | None = None) -> Form:
    """Tell a body's form.

    Parameters
    ----------
    body
        The request's bytes.
    content_type
        Its header; an empty one means JSON.
    kind
        The kind of model it is for; ``None`` lets the form decide between image and tabular.

    Raises
    ------
    Unreadable
        If the body is empty or not JSON.
    UnsupportedMediaType
        If the header names another type.
    Invalid
        If it is JSON of no known form.
    """
    media_type = _media_type(content_type)
    if not body.strip():
        raise Unreadable("The body is empty; expected JSON or an image.")
    if media_type.startswith("image/") or media_type == "application/octet-stream":
        return ImageFile(body, "body")
    body = body.removeprefix(codecs.BOM_UTF8)
    if not body.strip():
        raise Unreadable("The body is empty; expected JSON or an image.")
    if media_type == _CURL_DEFAULT and not body.lstrip().startswith((b"[", b"{")):
        raise UnsupportedMediaType(
            f"Content-Type: expected {ACCEPTED}, got {media_type}; curl -d sends that unless it is told "
            "-H 'Content-Type: application/json', and it takes a JSON list or object here."
        )
    if not _is_json(media_type):
        raise UnsupportedMediaType(f"Content-Type: expected {ACCEPTED}, got {media_type[:80]}.")
    with reading("body"):
        # Checks the grammar of the whole body without building anything.
        text = bytes(msgspec.json.decode(body, type=Raw)).strip()
    if kind is TabularClassifier:
        return Records(text, many=text.startswith(b"["))
    return _image_or_records(text, image_only=kind is ImageClassifier)


def holds_image(form: Records) -> bool:
    """Whether what was taken for a record has an image's fields."""
    if form.many:
        return False
    with reading("body"):
        fields = msgspec.json.decode(form.raw, type=_ImageBody)
    return isinstance(fields.pixels, Raw) or isinstance(fields.image, Raw)


def _is_json(media_type: str) -> bool:
    # curl -d calls everything a form; no form begins with a bracket, which would be sent as %5B or %7B.
    return media_type in ("", "application/json", _CURL_DEFAULT) or media_type.endswith("+json")


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _image_or_records(text: bytes, *, image_only: bool) -> Form:
    if text.startswith(b"["):
        first = text[1:].lstrip()[:1]
        if first == b"{" and not image_only:
            return Records(text, many=True)
        if first == b"]":
            raise Invalid.field("body", "a list of numbers or of records", "an empty list")
        return PixelArray(text, "", 255)
    if not text.startswith(b"{"):
        with reading("body"):
            raise Invalid.field("body", "an object or a list", kind_of(msgspec.json.decode(text)))
    with reading("body"):
        fields = msgspec.json.decode(text, type=_ImageBody)
        pixels, image = fields.pixels, fields.image
        if isinstance(pixels, Raw) and isinstance(image, Raw):
            raise Invalid.field("body", "either pixels or image", "both")
        if isinstance(pixels, Raw) or isinstance(image, Raw):
            _refuse_other_fields(text)
    if isinstance(pixels, Raw):
        return _array(bytes(pixels), "pixels", 255)
    if isinstance(image, Raw):
        return _image(bytes(image))
    if image_only:
        raise Invalid(f"The body holds neither pixels nor image; expected {IMAGE_FORMS}.")
    return Records(text, many=False)


def _refuse_other_fields(text: bytes) -> None:
    for name in msgspec.json.decode(text, type=dict[str, Raw]):
        if name not in _ImageBody.__struct_fields__:
            field = shown(name)
            raise Invalid(f"body: unknown field `{field}`.", (Problem(field, "no such field", "a value"),))


def _image(raw: bytes) -> Form:
    if not raw.startswith(b'"'):
        return _array(raw, "image", 1)
    with reading("image"):
        return ImageFile(_from_base64(msgspec.json.decode(raw, type=str)), "image")


def _array(raw: bytes, field: str, white: int) -> PixelArray:
    if raw.startswith(b"["):
        if raw[1:].lstrip().startswith(b"]"):
            raise Invalid.field(field, "a list of numbers", "an empty list")
        return PixelArray(raw, field, white)
    with reading(field):
        got = kind_of(msgspec.json.decode(raw))
    expected = "a list of numbers" + (" or an image in base64" if field == "image" else "")
    raise Invalid.field(field, expected, got)


def _from_base64(text: str) -> bytes:
    """Decode a data URL or bare base64, with or without line breaks and padding."""
    prefix, comma, payload = text.partition(",") if text.startswith("data:") else ("", "", text)
    if prefix and not (comma and prefix.endswith(";base64")):
        raise Unreadable("image: expected a data URL with ;base64, got one without.")
    compact = "".join(payload.split()).rstrip("=")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable(f"image: expected a list of numbers or an image in base64, got {kind_of(text)}.") from error
