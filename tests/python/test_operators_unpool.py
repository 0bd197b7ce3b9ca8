# SPDX-License-Identifier: Apache-2.0
"""MaxUnpool and Col2Im, which undo windows, against ONNX Runtime and by what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

import onecnn

Array = NDArray[Any]
OneNode = Callable[..., bytes]


def int64(*values: int) -> Array:
    return np.array(values, np.int64)


def check(one_node: OneNode, op_type: str, inputs: list[Array], **attributes: Any) -> None:
    data = one_node(op_type, inputs, 1, 18, **attributes)
    feeds = {f"x{i}": x for i, x in enumerate(inputs)}
    (wanted,) = onnxruntime.InferenceSession(data).run(None, feeds)
    np.testing.assert_allclose(onecnn.load(data).run(feeds)["y0"], wanted, rtol=1e-5)


@pytest.mark.parametrize("attributes", [{}, {"strides": [2, 2]}, {"strides": [2, 1], "pads": [1, 0, 0, 1]}])
def test_max_unpool(one_node: OneNode, attributes: dict[str, list[int]]) -> None:
    x = np.random.default_rng(1).standard_normal((2, 3, 4, 5), np.float32)
    strides, pads = attributes.get("strides", [1, 1]), attributes.get("pads", [0, 0, 0, 0])
    places = 6 * np.prod(
        [(n - 1) * s + 2 - a - b for n, s, a, b in zip((4, 5), strides, pads[:2], pads[2:], strict=True)]
    )
    indices = np.random.default_rng(2).permutation(places)[: x.size].reshape(x.shape)
    check(one_node, "MaxUnpool", [x, indices], kernel_shape=[2, 2], **attributes)


@pytest.mark.parametrize(
    ("image", "block", "blocks", "attributes"),
    [
        ([5, 6], [2, 3], 16, {}),
        ([5, 5], [1, 5], 5, {"strides": [1, 1]}),
        ([7, 5], [3, 3], 12, {"strides": [2, 2], "pads": [1, 1, 1, 1]}),
        ([6, 6], [2, 2], 20, {"dilations": [1, 2]}),
    ],
)
def test_col2im(one_node: OneNode, image: list[int], block: list[int], blocks: int, attributes: dict[str, Any]) -> None:
    columns = np.random.default_rng(1).standard_normal((2, 3 * block[0] * block[1], blocks), np.float32)
    check(one_node, "Col2Im", [columns, int64(*image), int64(*block)], **attributes)


X = np.zeros((1, 1, 2, 2), np.float32)


@pytest.mark.parametrize(
    ("op_type", "inputs", "attributes", "message"),
    [
        ("MaxUnpool", [X, X.astype("int64") + 9], {"kernel_shape": [2, 2]}, r"is 9, outside \[-9, 9\)"),
        ("MaxUnpool", [X, int64(1)], {"kernel_shape": [2, 2]}, "indices are"),
        ("MaxUnpool", [X, X.astype("int64")], {"kernel_shape": [2]}, "does not fit the input"),
        ("MaxUnpool", [X, X.astype("int64")], {"kernel_shape": [2, 2], "pads": [9, 0, 0, 0]}, "leave nothing"),
        ("MaxUnpool", [X, X.astype("int64"), int64(1, 1, 2, 3)], {"kernel_shape": [2, 2]}, "is less than"),
        ("Col2Im", [X[0], int64(2, 2), int64(2, 2)], {}, "expected a multiple of the 4 elements"),
        ("Col2Im", [X[0], int64(2, 0), int64(1, 1)], {}, "expected positive sizes"),
        ("Col2Im", [X[0], int64(2), int64(1, 1)], {}, "kernel's shape"),
    ],
)
def test_what_cannot_be_is_refused(
    one_node: OneNode, op_type: str, inputs: list[Array], attributes: dict[str, Any], message: str
) -> None:
    feeds = {f"x{i}": x for i, x in enumerate(inputs)}
    with pytest.raises(onecnn.Error, match=message):
        onecnn.load(one_node(op_type, inputs, 1, 22, **attributes)).run(feeds)
