# SPDX-License-Identifier: Apache-2.0
"""Subgraphs, functions, and shapes that depend on elements, against ONNX Runtime."""

from __future__ import annotations

import io
import time
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import parser
from PIL import Image

import onecnn

HEAD = '<ir_version: 9, opset_import: ["" : 20]>'


def compare(text: str, feeds: list[dict[str, Any]]) -> onecnn.Model:
    """Run a model given as text on each feed; it agrees with ONNX Runtime in dtype, shape and elements."""
    onnx_bytes = parser.parse_model(text).SerializeToString()
    model = onecnn.load(onnx_bytes)
    session = onnxruntime.InferenceSession(onnx_bytes, providers=["CPUExecutionProvider"])
    for feed in feeds:
        expected = session.run(None, feed)
        for mine, theirs in zip(model.run(feed).values(), expected, strict=True):
            assert_same(mine, theirs)
    return model


def assert_same(mine: Any, theirs: Any) -> None:
    if isinstance(theirs, list):
        assert len(mine) == len(theirs)
        for a, b in zip(mine, theirs, strict=True):
            assert_same(a, b)
        return
    assert mine.dtype == theirs.dtype
    np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)


def floats(*shape: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(len(shape)).standard_normal(shape).astype(np.float32)


def test_if_takes_the_branch_of_its_condition_and_sees_what_is_around_it() -> None:
    text = f"""{HEAD} g (float[N] x, bool c) => (float[M] y)
    <float[1] one = {{1}}> {{
        twice = Add(x, x)
        y = If(c) <then_branch = t () => (float[N] a) {{ a = Add(twice, one) }},
                   else_branch = e () => (float[M] b) {{ b = Concat<axis = 0>(x, twice, one) }}>
    }}"""
    compare(text, [{"x": floats(3), "c": np.array(c)} for c in (True, False, True)])


def test_if_inside_if() -> None:
    text = f"""{HEAD} g (float[N] x, bool c, bool d) => (float[N] y) {{
        y = If(c) <then_branch = t () => (float[N] a) {{
                       a = If(d) <then_branch = tt () => (float[N] p) {{ p = Neg(x) }},
                                  else_branch = te () => (float[N] q) {{ q = Exp(x) }}> }},
                   else_branch = e () => (float[N] b) {{ b = Identity(x) }}>
    }}"""
    compare(text, [{"x": floats(3), "c": np.array(c), "d": np.array(d)} for c in (True, False) for d in (True, False)])


LOOP = f"""{HEAD} g (int64 turns, bool go, float[2] start) => (float[2] last, float[K, 2] all)
    <float limit = {{20}}> {{
        last, all = Loop(turns, go, start) <body = b (int64 i, bool before, float[2] state)
            => (bool after, float[2] next, float[2] kept) {{
                f = Cast<to = 1>(i)
                next = Add(state, f)
                largest = ReduceMax<keepdims = 0>(next)
                after = Less(largest, limit)
                kept = Mul(next, next)
            }}>
    }}"""


@pytest.mark.parametrize(("turns", "go"), [(5, True), (0, True), (5, False), (1000, True)])
def test_loop_carries_and_gathers(turns: int, go: bool) -> None:
    compare(LOOP, [{"turns": np.array(turns), "go": np.array(go), "start": floats(2)}])


def test_a_loop_plans_its_body_once() -> None:
    model = compare(LOOP, [{"turns": np.array(6), "go": np.array(True), "start": floats(2)}])
    before = model.stats()["plan_misses"]
    model.run({"turns": np.array(6), "go": np.array(True), "start": floats(2)})
    assert model.stats()["plan_misses"] == before
    assert before <= 3  # of the graph, and of its body


def test_a_loop_without_bounds_ends_at_the_deadline_of_its_limits() -> None:
    text = f"""{HEAD} g (float[2] x) => (float[N] y) {{
        y = Loop(, , x) <body = b (int64 i, bool c, float[N] s) => (bool d, float[M] t) {{
            d = Constant<value = bool {{1}}>()
            t = Concat<axis = 0>(s, s)
        }}>
    }}"""
    model = onecnn.load(parser.parse_model(text).SerializeToString(), limits={"tensor_bytes": 1 << 20})
    with pytest.raises(onecnn.ResourceLimit, match=r"Concat.*more than the limit tensor_bytes"):
        model.run({"x": floats(2)})


def test_scan_goes_both_ways() -> None:
    text = f"""{HEAD} g (float[2] start, float[5, 2] x, float[2, 5] z)
    => (float[2] last, float[5, 2] a, float[2, 5] b) {{
        last, a, b = Scan<num_scan_inputs = 2, scan_input_axes = [0, 1], scan_input_directions = [0, 1],
                          scan_output_axes = [0, 1], scan_output_directions = [1, 0],
                          body = body (float[2] s, float[2] p, float[2] q) => (float[2] t, float[2] u, float[2] v) {{
            t = Add(s, p)
            u = Mul(t, q)
            v = Sub(t, q)
        }}>(start, x, z)
    }}"""
    compare(text, [{"start": floats(2), "x": floats(5, 2), "z": floats(2, 5)}])


def test_shapes_that_depend_on_elements() -> None:
    text = f"""{HEAD} g (float[N, 4] x) => (float[M] picked, int64[2] shape, float[K, 4] rows)
    <float zero = {{0}}, int64[1] four = {{4}}, int64[1] minus = {{-1}}, float[4] w = {{1, 2, 3, 4}}> {{
        h = Mul(x, w)
        positive = Greater(h, zero)
        at = NonZero(positive)
        places = Transpose<perm = [1, 0]>(at)
        picked = GatherND(h, places)
        shape = Shape(places)
        size = Concat<axis = 0>(minus, four)
        flags = ReduceMax<keepdims = 0>(h, minus)
        keep = Greater(flags, zero)
        kept = Compress<axis = 0>(h, keep)
        rows = Reshape(kept, size)
    }}"""
    compare(text, [{"x": floats(n, 4)} for n in (1, 7, 3, 0)])


def test_a_shape_computed_from_an_image() -> None:
    text = f"""{HEAD} g (float[1, 1, 8, 8] x) => (float[A, B] y)
    <int64[2] base = {{2, 1}}, float one = {{1}}> {{
        most = ReduceMax<keepdims = 0>(x)
        n = Cast<to = 7>(most)
        shape = Mul(base, n)
        y = Expand(one, shape)
    }}"""
    image = np.zeros((1, 1, 8, 8), np.float32)
    feeds = []
    for value in (3, 5, 3):
        image = image.copy()
        image[0, 0, 2, 2] = value
        feeds.append({"x": image})
    model = compare(text, feeds)
    misses = model.stats()["plan_misses"]
    model.run(feeds[0])
    assert model.stats()["plan_misses"] == misses, "a shape that comes again is planned"


def test_non_max_suppression_then_gather() -> None:
    text = f"""{HEAD} g (float[1, N, 4] boxes, float[1, C, N] scores) => (float[K, 4] best)
    <int64 most = {{3}}, float iou = {{0.4}}, float least = {{0.1}}, int64[1] last = {{2}}, int64[1] first = {{0}}> {{
        chosen = NonMaxSuppression(boxes, scores, most, iou, least)
        column = Gather<axis = 1>(chosen, last)
        index = Squeeze(column, one_axis)
        flat = Squeeze(boxes, first)
        best = Gather<axis = 0>(flat, index)
    }}""".replace("int64[1] first = {0}", "int64[1] first = {0}, int64[1] one_axis = {1}")
    random = np.random.default_rng(5)
    for count in (1, 40):
        corners = random.random((1, count, 2)).astype(np.float32)
        boxes = np.concatenate([corners, corners + random.random((1, count, 2)).astype(np.float32) * 0.3], axis=2)
        compare(text, [{"boxes": boxes, "scores": random.random((1, 2, count)).astype(np.float32)}])


def test_functions_are_inlined_with_their_attributes() -> None:
    text = """<ir_version: 9, opset_import: ["" : 20, "own" : 1]> g (float[N] x) => (float[N] y, float[N] z) {
        y = own.scaled<by = 3.0>(x)
        z = own.twice(x)
    }
    <domain: "own", opset_import: ["" : 20]> scaled <by: float = 2.0> (a) => (b) {
        factor = Constant<value_float: float = @by>()
        b = Mul(a, factor)
    }
    <domain: "own", opset_import: ["" : 20, "own" : 1]> twice (a) => (b) {
        c = own.scaled(a)
        b = Identity(c)
    }"""
    compare(text, [{"x": floats(4)}])


def test_a_function_that_calls_itself_is_refused() -> None:
    text = """<ir_version: 9, opset_import: ["" : 20, "own" : 1]> g (float[N] x) => (float[N] y) { y = own.f(x) }
    <domain: "own", opset_import: ["" : 20, "own" : 1]> f (a) => (b) { b = own.f(a) }"""
    with pytest.raises(onecnn.ResourceLimit, match="inside each other"):
        onecnn.load(parser.parse_model(text).SerializeToString())


def test_a_subgraph_that_reads_what_nobody_gives_is_refused() -> None:
    text = f"""{HEAD} g (float[N] x, bool c) => (float[N] y) {{
        y = If(c) <then_branch = t () => (float[N] a) {{ a = Relu(nothing) }},
                   else_branch = e () => (float[N] b) {{ b = Relu(x) }}>
    }}"""
    with pytest.raises(onecnn.InvalidModel, match=r"node .*Relu.* reads 'nothing', which no input"):
        onecnn.load(parser.parse_model(text).SerializeToString())


def test_sequences_in_and_out() -> None:
    text = f"""{HEAD} g (seq(float[N]) xs, float[M] x) => (seq(float[K]) ys, int64 n, float[L] all)
    <int64 one = {{1}}> {{
        more = SequenceInsert(xs, x, one)
        ys = SequenceErase(more, one)
        n = SequenceLength(more)
        all = ConcatFromSequence<axis = 0>(more)
    }}"""
    compare(text, [{"xs": [floats(2), floats(3)], "x": floats(4)}])


def test_an_optional_that_holds_nothing() -> None:
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            [onnx.helper.make_node("OptionalHasElement", ["x"], ["y"])],
            "g",
            [
                onnx.helper.make_value_info(
                    "x",
                    onnx.helper.make_optional_type_proto(
                        onnx.helper.make_tensor_type_proto(onnx.TensorProto.FLOAT, [2])
                    ),
                )
            ],
            [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.BOOL, [])],
        ),
        opset_imports=[onnx.helper.make_opsetid("", 18)],
        ir_version=9,
    )
    loaded = onecnn.load(model.SerializeToString())
    assert loaded.inputs[0].dtype == "optional(float32)"
    assert not loaded(None)
    assert loaded(floats(2))
    with pytest.raises(onecnn.InvalidArgument, match="float64"):
        loaded(np.zeros(2))


def test_strings_in_and_out() -> None:
    text = f"""{HEAD} g (string[N] x, string[1] y) => (string[N] z, string[M] u, int64[M] first)
    {{
        z = StringConcat(x, y)
        u, first = Unique(x)
    }}"""
    x = np.array(["b", "a\N{LATIN SMALL LETTER E WITH ACUTE}", "", "b"], object)
    z, u, first = onecnn.load(parser.parse_model(text).SerializeToString())(x, ["!"])
    assert z.tolist() == ["b!", "a\N{LATIN SMALL LETTER E WITH ACUTE}!", "!", "b!"]
    assert u.tolist() == ["", "a\N{LATIN SMALL LETTER E WITH ACUTE}", "b"]
    assert first.tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    ("value", "message"),
    [([1, 2], "whose elements are str or bytes; int given"), (None, "NoneType given")],
)
def test_what_is_no_string_is_refused(value: object, message: str) -> None:
    text = f"{HEAD} g (string[N] x) => (string[N] y) {{ y = Identity(x) }}"
    model = onecnn.load(parser.parse_model(text).SerializeToString())
    with pytest.raises(onecnn.InvalidArgument, match=message):
        model(value)


def test_an_operator_that_takes_no_strings_says_so() -> None:
    text = f"{HEAD} g (string[N] x) => (string[N] y) {{ y = Relu(x) }}"
    model = onecnn.load(parser.parse_model(text).SerializeToString())
    with pytest.raises(onecnn.UnsupportedOperator, match=r"Relu.*input 0 is no tensor of numbers"):
        model(["a"])


def test_equal_of_strings_broadcasts() -> None:
    text = f"{HEAD} g (string[2, 2] x, string[2] y) => (bool[2, 2] z) {{ z = Equal(x, y) }}"
    compare(text, [{"x": np.array([["a", "b"], ["b", "b"]], object), "y": np.array(["a", "b"], object)}])


def test_casts_to_and_from_strings() -> None:
    text = f"""{HEAD} g (float[N] x, string[M] s) => (string[N] t, double[M] d, string[N] u) {{
        t = Cast<to = 8>(x)
        d = Cast<to = 11>(s)
        n = Cast<to = 7>(x)
        u = Cast<to = 8>(n)
    }}"""
    model = onecnn.load(parser.parse_model(text).SerializeToString())
    t, d, u = model(np.array([1.5, 0.1, 1e20, -3], np.float32), ["1.25", "-INF", "nan", "+7e-3"])
    assert t.tolist() == ["1.5", "0.1", "1e+20", "-3"]
    np.testing.assert_array_equal(d, [1.25, -np.inf, np.nan, 7e-3])
    assert u.tolist()[0::3] == ["1", "-3"]
    with pytest.raises(onecnn.InvalidArgument, match="'1x' is no number"):
        model(np.zeros(1, np.float32), ["1x"])


@pytest.mark.parametrize(("pixel_format", "channels"), [("RGB", 3), ("BGR", 3), ("Grayscale", 1)])
def test_images_are_decoded(pixel_format: str, channels: int) -> None:
    text = f"""{HEAD} g (uint8[N] x) => (uint8[H, W, C] y) {{ y = ImageDecoder<pixel_format = "{pixel_format}">(x) }}"""
    model = onecnn.load(parser.parse_model(text).SerializeToString())
    pixels = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    decoded = model(np.frombuffer(file.getvalue(), np.uint8))
    assert decoded.shape == (4, 6, channels)
    if channels == 3:
        np.testing.assert_array_equal(decoded, pixels[:, :, ::-1] if pixel_format == "BGR" else pixels)
    assert model(np.zeros(5, np.uint8)).shape == (0, 0, channels)


def test_strings_that_grow_beyond_the_limit_are_refused_before_they_are_made() -> None:
    text = f"{HEAD} g (string[N, 1] x, string[1, M] y) => (string[N, M] z) {{ z = StringConcat(x, y) }}"
    model = onecnn.load(parser.parse_model(text).SerializeToString(), limits={"tensor_bytes": 1 << 20})
    many = np.full(1000, "a", object)
    with pytest.raises(onecnn.ResourceLimit, match=r"StringConcat.*its result \[1000, 1000\] takes"):
        model(many[:, None], many[None, :])


def test_what_a_loop_gathers_is_bounded_while_it_gathers() -> None:
    text = f"""{HEAD} g (int64 turns, float[N] x) => (float[K, N] all) {{
        all = Loop(turns, ) <body = b (int64 i, bool c) => (bool d, float[M] kept) {{
            d = Identity(c)
            kept = Relu(x)
        }}>
    }}"""
    model = onecnn.load(parser.parse_model(text).SerializeToString(), limits={"tensor_bytes": 1 << 20})
    assert model(np.array(3), floats(1000)).shape == (3, 1000)
    with pytest.raises(onecnn.ResourceLimit, match="what it gathers takes more than the limit tensor_bytes"):
        model(np.array(2**62), floats(1000))


def test_items_of_a_batch_that_differ_in_dtype_are_refused() -> None:
    """Scan of opset 8 puts what its body gives for each item into one tensor."""
    text = """<ir_version: 9, opset_import: ["" : 8]> g (float[2, 1, 300] x) => (y) {
        y = Scan<num_scan_inputs = 1, body = b (float[300] p) => (q) {
            zero = Constant<value_float = 0.0>()
            first = ReduceMax<keepdims = 0>(p)
            positive = Greater(first, zero)
            q = If(positive) <then_branch = t () => (a) { a = Cast<to = 11>(p) },
                              else_branch = e () => (n) { n = Cast<to = 3>(p) }>
        }>("", x)
    }"""
    model = parser.parse_model(text.replace('("", x)', "(, x)"))
    for value in (*model.graph.output, *model.graph.node[0].attribute[1].g.output):
        value.ClearField("type")
    loaded = onecnn.load(model.SerializeToString())
    x = np.concatenate([-np.ones((1, 1, 300), np.float32), np.ones((1, 1, 300), np.float32)])
    with pytest.raises(onecnn.InvalidArgument, match="different dtypes or shapes"):
        loaded(x)


def test_a_graph_given_to_an_operator_that_takes_none_is_refused() -> None:
    text = f"""{HEAD} g (float[N] x, float[N] y) => (float[N] z) {{
        z = Sum<stray = s () => (float[N] a) {{ a = Relu(y) }}>(x)
    }}"""
    with pytest.raises(onecnn.InvalidModel, match=r"Sum.*has a graph as an attribute"):
        onecnn.load(parser.parse_model(text).SerializeToString())


def test_folding_does_no_more_work_than_loading_should() -> None:
    text = f"""{HEAD} g (float x) => (float y)
    <int64[4] image = {{1, 256, 512, 512}}, int64[4] kernel = {{256, 256, 3, 3}}> {{
        a = ConstantOfShape(image)
        w = ConstantOfShape(kernel)
        c = Conv(a, w)
        s = ReduceSum<keepdims = 0>(c)
        y = Add(x, s)
    }}"""
    before = time.process_time()
    onecnn.load(parser.parse_model(text).SerializeToString(), limits={"plan_bytes": 1 << 30})
    assert time.process_time() - before < 10
