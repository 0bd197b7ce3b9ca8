# SPDX-License-Identifier: Apache-2.0
"""The 10,000 MNIST test digits through Python and POST /predict, held against ONNX Runtime.

Run it by ``make accuracy`` or ``python -m benchmarks.accuracy``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import onecnn
import onecnn.models

ROOT = Path(__file__).resolve().parent.parent
BATCH = 500
Probabilities = NDArray[np.float32]


def test_digits(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Read the test digits: images ``[10000, 1, 28, 28]`` float32 in 0..1, labels ``[10000]`` uint8."""

    def values(name: str, header: int) -> NDArray[np.uint8]:
        return np.frombuffer(gzip.decompress((folder / name).read_bytes()), np.uint8, offset=header)

    images = values("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28).astype(np.float32) / np.float32(255)
    return images, values("t10k-labels-idx1-ubyte.gz", 8)


def through_python(images: NDArray[np.float32]) -> Probabilities:
    """Run the bundled model in batches."""
    model = onecnn.load(onecnn.models.path("digits"))
    return np.concatenate([model(images[i : i + BATCH]) for i in range(0, len(images), BATCH)])


def through_onnxruntime(images: NDArray[np.float32]) -> Probabilities:
    """Run the same file in ONNX Runtime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(onecnn.models.path("digits")), providers=["CPUExecutionProvider"])
    outputs: Probabilities = session.run(None, {"image": images})[0]
    return outputs


def through_service(images: NDArray[np.float32]) -> Probabilities:
    """Start ``onecnn serve`` on a free port and post the digits to /predict as ``{"image": [[784], ...]}``."""
    command = [sys.executable, "-m", "onecnn", "serve", "--port", "0", "--log-format", "json"]
    service = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert service.stderr is not None
        url = next(found[0] for line in service.stderr if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
        answers: list[Any] = []
        for i in range(0, len(images), BATCH):
            body = json.dumps({"image": images[i : i + BATCH].reshape(-1, 784).tolist()}).encode()
            with urllib.request.urlopen(urllib.request.Request(url + "/predict", data=body), timeout=60) as answer:
                answers += json.load(answer)
        return np.array([answer["probabilities"] for answer in answers], np.float32)
    finally:
        service.terminate()
        service.wait(timeout=30)


def main() -> None:
    """Print accuracy and the largest difference to ONNX Runtime; fail where they miss 99.2 % and 1e-5."""
    parser = argparse.ArgumentParser(description=__doc__)
    shared = os.environ.get("ONECNN_DATA") or ROOT.parent / "shared"
    parser.add_argument("--data", type=Path, default=Path(shared) / "mnist", help="folder of the IDX files")
    folder = parser.parse_args().data
    if not (folder / "t10k-images-idx3-ubyte.gz").is_file():
        raise SystemExit(f"no test digits in {folder}; give their folder by --data")

    images, labels = test_digits(folder)
    reference = through_onnxruntime(images)
    failed = False
    for name, probabilities in {"Python": through_python(images), "POST /predict": through_service(images)}.items():
        accuracy = float((probabilities.argmax(axis=1) == labels).mean())
        difference = float(np.abs(probabilities - reference).max())
        print(
            f"{name:14} {len(labels)} digits, accuracy {accuracy:.2%}, "
            f"largest difference of a probability to ONNX Runtime {difference:.1e}"
        )
        failed = failed or accuracy < 0.992 or difference > 1e-5
    if failed:
        raise SystemExit("below 99.2 %, or further than 1e-5 from ONNX Runtime")


if __name__ == "__main__":
    main()
