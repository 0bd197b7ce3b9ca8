# SPDX-License-Identifier: Apache-2.0
"""ncnn in float32, its models converted by pnnx. It has no batches: images go one by one, as its users send them."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from ..models import FILES

if TYPE_CHECKING:
    from pathlib import Path

    from ..models import Model
    from . import Array, Run

PACKAGE = "ncnn"


def _folder(model: Model) -> Path:
    return FILES / "ncnn" / model.name


def prepare(model: Model) -> None:
    """Convert, in a folder of its own: pnnx writes a dozen files."""
    from . import NotSupportedError

    folder = _folder(model)
    if not (folder / "model.ncnn.bin").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(model.path, folder / "model.onnx")
        shape = ",".join(map(str, (1, *model.row)))
        command = ["pnnx", "model.onnx", f"inputshape=[{shape}]", "fp16=0"]
        (folder / "log.txt").write_bytes(
            subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout
        )
        (folder / "model.onnx").unlink()
    if not (folder / "model.ncnn.bin").exists():
        raise NotSupportedError(f"pnnx did not convert it: {folder / 'log.txt'}")


def load(model: Model, shape: tuple[int, ...], threads: int) -> Run:
    """Load with float32 everywhere."""
    import ncnn
    import numpy as np

    net = ncnn.Net()
    net.opt.num_threads = threads
    for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(net.opt, option, False)
    folder = _folder(model)
    if net.load_param(str(folder / "model.ncnn.param")) or net.load_model(str(folder / "model.ncnn.bin")):
        raise RuntimeError(f"ncnn did not load {folder}")
    outputs = len(net.output_names())

    def run_image(image: Array) -> list[Array]:
        extractor = net.create_extractor()
        extractor.input("in0", ncnn.Mat(image))
        results = []
        for index in range(outputs):
            status, mat = extractor.extract(f"out{index}")
            if status:
                raise RuntimeError(f"ncnn: extracting out{index} gave {status}")
            results.append(np.array(mat))
        return results

    def run(x: Array) -> list[Array]:
        images = [run_image(image) for image in x]
        return [np.stack(each) for each in zip(*images, strict=True)]

    return run
