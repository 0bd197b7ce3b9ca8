# SPDX-License-Identifier: Apache-2.0
"""The models that are measured.

Their files are made once, under ``build/benchmarks``; weights are random where none are at hand.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "build/benchmarks/models"
SHARED = Path(os.environ.get("ONECNN_DATA") or ROOT.parent / "shared") / "models"

TOPOLOGIES = (
    "bvlc_alexnet",
    "densenet121",
    "inception_v1",
    "inception_v2",
    "resnet50",
    "shufflenet",
    "squeezenet",
    "vgg19",
    "zfnet512",
)


@dataclass(frozen=True)
class Model:
    """One model.

    Attributes
    ----------
    name
        Its name, and its file's.
    row
        The dimensions of its one float32 input without the first.
    write
        Writes its ONNX file; called once.
    batches
        The first dimensions it is measured at.
    in_torch
        Whether its definition is PyTorch's, so that PyTorch can run it.
    """

    name: str
    row: tuple[int, ...]
    write: Callable[[Path], None]
    batches: tuple[int, ...] = (1,)
    in_torch: bool = False

    @property
    def path(self) -> Path:
        """Where its ONNX file is once it is `ready`."""
        return FILES / f"{self.name}.onnx"

    def ready(self) -> bool:
        """Make the file where it is missing; False where what it is made of is not at hand."""
        if not self.path.exists():
            FILES.mkdir(parents=True, exist_ok=True)
            part = self.path.with_suffix(".part.onnx")
            try:
                self.write(part)
            except FileNotFoundError:
                return False
            part.replace(self.path)
        return True


def _topology(name: str, path: Path, *, open_batch: bool = False) -> None:
    from .topologies import write

    write(name, path, open_batch=open_batch)


def _network(name: str, path: Path) -> None:
    from .networks import export

    export(name, path)


def _quantized(of: str, path: Path) -> None:
    from .quantized import write

    MODELS[of].ready()
    write(MODELS[of], path)


def _copy(source: Path, path: Path) -> None:
    path.write_bytes(source.read_bytes())


def _bundled(name: str, path: Path) -> None:
    import onecnn.models

    _copy(Path(onecnn.models.path(name)), path)


_IMAGE = (3, 224, 224)

MODELS = {
    model.name: model
    for model in (
        *(Model(name, _IMAGE, partial(_topology, name)) for name in TOPOLOGIES),
        Model("mnist_cnn", (1, 28, 28), partial(_network, "mnist_cnn"), (1, 8, 32, 256), in_torch=True),
        Model("digits", (1, 28, 28), partial(_bundled, "digits"), (1, 8, 32, 256)),
        Model("mobilenet_v2", _IMAGE, partial(_network, "mobilenet_v2"), (1, 8, 32), in_torch=True),
        Model("efficientnet_b0", _IMAGE, partial(_network, "efficientnet_b0"), (1, 8, 32), in_torch=True),
        Model("resnet50_n", _IMAGE, partial(_topology, "resnet50", open_batch=True), (1, 8, 32)),
        Model("yolox_nano", (3, 416, 416), partial(_copy, SHARED / "yolox-nano.onnx")),
        Model("ultraface", (3, 240, 320), partial(_copy, SHARED / "ultraface-rfb-320.onnx")),
        Model("ppocr_det", (3, 640, 640), partial(_copy, SHARED / "ppocr-v3-det.onnx")),
        Model("ppocr_cls", (3, 48, 192), partial(_copy, SHARED / "ppocr-v2-cls.onnx"), (1, 8)),
        Model("resnet50_int8", _IMAGE, partial(_quantized, "resnet50")),
        Model("mobilenet_v2_int8", _IMAGE, partial(_quantized, "mobilenet_v2")),
    )
}
