# SPDX-License-Identifier: Apache-2.0
"""What whole networks are lowered to: fast implementations, few steps, and nothing moved between layouts."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest

import onecnn

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"

# By topology: how many steps there are beside convolutions, and how many of them move a tensor to another layout.
# ZFNet and VGG-19 differ from AlexNet in their convolutions alone, and have two and three times the weights.
EXPECTED = {
    "bvlc_alexnet": (10, 1),
    "densenet121": (67, 0),
    "inception_v1": (21, 0),
    "inception_v2": (16, 0),
    "resnet50": (4, 0),
    "shufflenet": (27, 0),
    "squeezenet": (5, 0),
}


@pytest.mark.parametrize("topology", EXPECTED)
def test_steps_of(topology: str) -> None:
    model = onecnn.load(LIGHT / f"light_{topology}.onnx", threads=1)
    steps = model.profile(runs=1).steps
    slow = [(step.node, step.implementation) for step in steps if step.implementation.startswith("ref")]
    moved = [step.node for step in steps if step.op_type in ("Reorder", "Copy", "Transpose", "Concat")]
    others = [step.op_type for step in steps if step.op_type != "Conv"]
    most, most_moved = EXPECTED[topology]
    assert not slow
    assert len(moved) <= most_moved, moved
    assert len(others) <= most, others
