# SPDX-License-Identifier: Apache-2.0
"""The MNIST digits: where they lie, how they are fetched, and the IDX format they come in."""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import urllib.error
import urllib.request
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MIRROR = "https://storage.googleapis.com/cvdf-datasets/mnist/"

# Of the uncompressed files: the same digits are passed around in differently packed .gz files.
SHA256 = {
    "train-images-idx3-ubyte.gz": ("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    "train-labels-idx1-ubyte.gz": ("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "t10k-images-idx3-ubyte.gz": ("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "t10k-labels-idx1-ubyte.gz": ("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
}


class DataError(Exception):
    """The data set is absent, could not be fetched, or is not what it should be."""


@dataclass(frozen=True)
class Digits:
    """One part of MNIST.

    Attributes
    ----------
    images : ndarray of uint8, shape (N, 28, 28)
        0 is the dark ground, 255 the ink.
    labels : ndarray of uint8, shape (N,)
        0 to 9.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def cache_directory() -> Path:
    """Return the folder into which ``download`` writes unless told otherwise."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "onecnn" / "mnist"


def find() -> Path:
    """Return the first folder that holds all four files.

    Looked at in turn: ``$ONECNN_DATA/mnist``, ``../shared/mnist`` beside the checkout, the cache.

    Raises
    ------
    DataError
        No folder holds them; the message names those that were looked at.
    """
    candidates = [
        (Path(__file__).parent / "../../../shared/mnist").resolve(),
        cache_directory(),
    ]
    if root := os.environ.get("ONECNN_DATA"):
        candidates.insert(0, Path(root) / "mnist")
    for folder in candidates:
        if all((folder / name).is_file() for name in SHA256):
            return folder
    places = ", ".join(str(folder) for folder in candidates)
    raise DataError(f"MNIST was not found in {places}; give --data DIR or --download")


def download(folder: Path) -> None:
    """Fetch into `folder` those of the four files it lacks, and check every one of them.

    Raises
    ------
    DataError
        The mirror can't be reached, or a file's SHA-256 is not the known one. A file
        that fails the check is not kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, expected in SHA256.items():
        target = folder / name
        if not target.is_file():
            _fetch(MIRROR + name, target, expected)
        elif _content_sha256(target.read_bytes(), str(target)) != expected:
            raise DataError(f"{target} is not MNIST's file: its SHA-256 differs; delete it")


def load(folder: Path, part: str) -> Digits:
    """Read one part of MNIST.

    Parameters
    ----------
    folder
        Holds the four ``.gz`` files.
    part
        ``"train"`` (60,000 digits) or ``"t10k"`` (10,000, the test set).

    Raises
    ------
    DataError
        A file is missing or damaged, or images and labels don't belong together.
    """
    images = read_idx(folder / f"{part}-images-idx3-ubyte.gz")
    labels = read_idx(folder / f"{part}-labels-idx1-ubyte.gz")
    if images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
        raise DataError(f"{folder}: images {images.shape} don't go with labels {labels.shape}")
    return Digits(images, labels)


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read a gzipped IDX file of unsigned bytes.

    Returns
    -------
    ndarray of uint8
        Of the shape written in the file.

    Raises
    ------
    DataError
        The file can't be read, is not IDX, holds another type, or is too short or too long.
    """
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}") from error
    raw = _unpack(packed, str(path))
    start = 4 + 4 * raw[3] if len(raw) >= 4 else 4
    if raw[:3] != b"\x00\x00\x08" or len(raw) < start:
        raise DataError(f"{path} is not an IDX file of unsigned bytes")
    shape = tuple(int(n) for n in np.frombuffer(raw[4:start], dtype=">u4"))
    if len(raw) - start != math.prod(shape):
        raise DataError(f"{path}: {len(raw) - start} bytes don't hold an array of shape {shape}")
    return np.frombuffer(raw, dtype=np.uint8, offset=start).reshape(shape)


def _fetch(url: str, target: Path, expected: str) -> None:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 (the scheme is MIRROR's)
            content: bytes = answer.read()
    except (urllib.error.URLError, TimeoutError) as error:
        raise DataError(f"{url} can't be fetched: {error}") from error
    if _content_sha256(content, url) != expected:
        raise DataError(f"{url}: what came is not MNIST's file, its SHA-256 differs")
    # Renamed when whole, so that an interrupted download is never taken for the file.
    partial = target.with_suffix(".part")
    partial.write_bytes(content)
    partial.replace(target)


def _content_sha256(packed: bytes, source: str) -> str:
    return hashlib.sha256(_unpack(packed, source)).hexdigest()


def _unpack(packed: bytes, source: str) -> bytes:
    try:
        return gzip.decompress(packed)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{source} is not a sound gzip file: {error}") from error
