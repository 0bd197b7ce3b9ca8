// SPDX-License-Identifier: Apache-2.0
#include "kernels/pad.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <string>

#include "graph/attributes.h"
#include "kernels/memory_order.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

PadMode mode_of(const Node& node) {
    const auto mode = attribute<std::string>(node, "mode", "constant");
    if (mode == "constant") {
        return PadMode::constant;
    }
    if (mode == "reflect") {
        return PadMode::reflect;
    }
    if (mode == "edge") {
        return PadMode::edge;
    }
    if (mode == "wrap") {
        return PadMode::wrap;
    }
    fail(ErrorCode::invalid_model, describe(node), ": mode '", mode, "' is none of constant, reflect, edge, wrap");
}

/// How far each axis grows at its two ends; negative where it shrinks.
struct Pads {
    Shape begin;
    Shape end;
};

/// Spreads `pads`, which holds the begins of `axes` and then their ends, over all axes of a tensor.
Pads spread(const Node& node, std::span<const std::int64_t> pads, std::span<const std::int64_t> axes,
            std::size_t rank) {
    if (pads.size() != 2 * axes.size()) {
        fail(ErrorCode::invalid_model, describe(node), ": pads has ", pads.size(), " elements, expected ",
             2 * axes.size(), " for ", axes.size(), " axes");
    }
    Pads result{Shape(rank, 0), Shape(rank, 0)};
    std::set<std::size_t> seen;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const std::size_t axis = normalized_axis(axes[i], rank, describe(node) + ": an axis");
        if (!seen.insert(axis).second) {
            fail(ErrorCode::invalid_model, describe(node), ": axes ", to_string(axes), " name axis ", axis, " twice");
        }
        result.begin[axis] = pads[i];
        result.end[axis] = pads[axes.size() + i];
    }
    return result;
}

Shape all_axes(std::size_t rank) {
    Shape axes(rank);
    std::iota(axes.begin(), axes.end(), 0);
    return axes;
}

void infer_pad(InferContext& context) {
    const Shape& data = context.shape(0);
    const Shape axes = context.has_input(3) ? context.integers(3) : all_axes(data.size());
    const Pads pads = spread(context.node(), context.integers(1), axes, data.size());
    if (bits(context.dtype(0)) == 0) {
        context.unsupported("input 0 is ", name(context.dtype(0)));
    }
    if (context.has_input(2)) {
        context.require_same_dtype(2);
        if (element_count(context.shape(2)) != 1) {
            context.invalid("constant_value has shape ", to_string(context.shape(2)), ", expected one element");
        }
    }
    const PadMode mode = mode_of(context.node());
    Shape padded;
    for (std::size_t i = 0; i < data.size(); ++i) {
        const std::int64_t kept = checked_add(checked_add(data[i], std::min<std::int64_t>(pads.begin[i], 0)),
                                              std::min<std::int64_t>(pads.end[i], 0));
        const std::int64_t size = checked_add(checked_add(data[i], pads.begin[i]), pads.end[i]);
        if (size < 0) {
            context.invalid("pads ", pads.begin[i], " and ", pads.end[i], " leave ", size, " of the ", data[i],
                            " elements of axis ", i);
        }
        if (mode != PadMode::constant && size > 0 && kept <= 0) {
            context.invalid("axis ", i, " of the input of shape ", to_string(data), " with pads ", pads.begin[i],
                            " and ", pads.end[i], " keeps no element to pad with");
        }
        padded.push_back(size);
    }
    context.set_output(0, context.dtype(0), std::move(padded));
}

void lower_pad(LowerContext& context) {
    const Shape& data = context.shape(0);
    const Shape axes = context.has_input(3) ? integers(context, 3) : all_axes(data.size());
    const Pads pads = spread(context.node(), integers(context, 1), axes, data.size());
    const Layout layout = context.layout(0);
    const Slot from = context.input(0, layout);
    std::optional<Slot> value;
    if (context.has_input(2)) {
        value = context.input(2);
    }
    context.add(make_pad_step(context.dtype(0), in_memory_order(data, layout), in_memory_order(pads.begin, layout),
                              in_memory_order(pads.end, layout), mode_of(context.node()), from, value,
                              context.output(0, layout)));
}

const Registration pad{{"", "Pad", 2, 4, 1, {1, 3}, infer_pad, lower_pad}};

}  // namespace

}  // namespace onecnn::core
