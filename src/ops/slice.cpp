// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <vector>

#include "kernels/memory_order.h"
#include "kernels/view.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

/// The elements start, start + step, ... of one axis.
struct Section {
    std::int64_t start;
    std::int64_t step;
    std::int64_t size;
};

/// NumPy's start:end:step on an axis of `size` elements.
Section section(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t size) {
    if (size == 0) {
        return {0, 1, 0};
    }
    const bool forward = step > 0;
    const auto placed = [size](std::int64_t at, std::int64_t least, std::int64_t most) {
        return std::clamp(at < 0 ? at + size : at, least, most);
    };
    start = forward ? placed(start, 0, size) : placed(start, 0, size - 1);
    end = forward ? placed(end, 0, size) : placed(end, -1, size - 1);
    const std::int64_t span = forward ? end - start : start - end;
    if (span <= 0) {
        return {0, 1, 0};
    }
    // The least integer has no opposite among the signed ones.
    const std::uint64_t stride = forward ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
    const auto steps = static_cast<std::int64_t>(static_cast<std::uint64_t>(span - 1) / stride);
    return {start, steps == 0 ? 1 : step, steps + 1};
}

/// The node's integer inputs: starts, ends, axes, steps.
struct Request {
    Shape starts;
    Shape ends;
    std::optional<Shape> axes;
    std::optional<Shape> steps;
};

template <typename Integers>
Request request_of(bool has_axes, bool has_steps, const Integers& integers) {
    Request request{integers(1), integers(2), {}, {}};
    if (has_axes) {
        request.axes = integers(3);
    }
    if (has_steps) {
        request.steps = integers(4);
    }
    return request;
}

/// A section of every axis.
std::vector<Section> sections(const Node& node, const Shape& data, const Request& request) {
    Shape axes(request.starts.size());
    std::iota(axes.begin(), axes.end(), 0);
    axes = request.axes.value_or(axes);
    const Shape steps = request.steps.value_or(Shape(request.starts.size(), 1));
    const std::size_t count = request.starts.size();
    if (request.ends.size() != count || axes.size() != count || steps.size() != count) {
        fail(ErrorCode::invalid_model, describe(node), ": there are ", count, " starts, ", request.ends.size(),
             " ends, ", axes.size(), " axes and ", steps.size(), " steps; they must be as many");
    }
    std::vector<Section> result;
    for (const std::int64_t size : data) {
        result.push_back({0, 1, size});
    }
    std::set<std::size_t> seen;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t axis = normalized_axis(axes[i], data.size(), describe(node) + ": an axis");
        if (!seen.insert(axis).second) {
            fail(ErrorCode::invalid_model, describe(node), ": axes ", to_string(axes), " name axis ", axis, " twice");
        }
        if (steps[i] == 0) {
            fail(ErrorCode::invalid_model, describe(node), ": the step of axis ", axis, " is 0");
        }
        result[axis] = section(request.starts[i], request.ends[i], steps[i], data[axis]);
    }
    return result;
}

void infer_slice(InferContext& context) {
    require_movable(context, 0);
    const Request request = request_of(context.has_input(3), context.has_input(4),
                                       [&](std::size_t index) { return context.integers(index); });
    Shape sliced;
    for (const Section& section : sections(context.node(), context.shape(0), request)) {
        sliced.push_back(section.size);
    }
    context.set_output(0, context.dtype(0), std::move(sliced));
}

/// Whether it is a run of channels of every pixel.
bool takes_channels(const std::vector<Section>& parts, const Shape& data) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool whole = parts[i].start == 0 && parts[i].size == data[i];
        if (parts[i].step != 1 || (i != 1 && !whole)) {
            return false;
        }
    }
    return true;
}

void lower_slice(LowerContext& context) {
    const Request request = request_of(context.has_input(3), context.has_input(4),
                                       [&](std::size_t index) { return integers(context, index); });
    const Layout layout = context.layout(0);
    const Shape strides = strides_of(context.shape(0), layout);
    const auto parts = sections(context.node(), context.shape(0), request);
    if (layout == Layout::channels_last && takes_channels(parts, context.shape(0))) {
        return context.view_channels(0, 0, parts[1].start);
    }
    View view;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        view.axes.push_back({parts[i].size, parts[i].step * strides[i]});
        view.offset += parts[i].start * strides[i];
    }
    view.axes = in_memory_order(std::move(view.axes), layout);
    const Slot from = context.input(0, layout);
    context.add(make_view_copy_step(context.dtype(0), view, from, context.output(0, layout)));
}

const Registration slice{{"", "Slice", 3, 5, 1, {1, 2, 3, 4}, infer_slice, lower_slice}};

}  // namespace

}  // namespace onecnn::core
