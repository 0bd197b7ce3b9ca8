// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "graph/attributes.h"
#include "kernels/memory_order.h"
#include "kernels/view.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

std::size_t axis_of(const Node& node, const Shape& data) {
    return normalized_axis(attribute<std::int64_t>(node, "axis", 0), data.size(), describe(node) + ": axis");
}

/// `count` parts of equal size, but the last, which may be smaller.
Shape equal_parts(std::int64_t size, std::int64_t count) {
    const std::int64_t part = size / count + (size % count == 0 ? 0 : 1);
    Shape parts;
    for (std::int64_t i = 0; i < count; ++i) {
        parts.push_back(std::min(part, size));
        size -= parts.back();
    }
    return parts;
}

void infer_split(InferContext& context) {
    require_movable(context, 0);
    Shape shape = context.shape(0);
    const std::size_t axis = axis_of(context.node(), shape);
    const std::int64_t size = shape[axis];
    const auto outputs = static_cast<std::int64_t>(context.output_count());
    const auto num_outputs = find_attribute<std::int64_t>(context.node(), "num_outputs");
    if (num_outputs.value_or(outputs) != outputs) {
        context.invalid("num_outputs is ", *num_outputs, ", and it has ", outputs, " outputs");
    }
    if (num_outputs.has_value() == context.has_input(1)) {
        context.invalid("either input split or attribute num_outputs must be given, not both");
    }
    const Shape parts = num_outputs ? equal_parts(size, outputs) : context.integers(1);
    std::int64_t sum = 0;
    for (const std::int64_t part : parts) {
        sum = checked_add(sum, part);
    }
    const bool negative = std::ranges::any_of(parts, [](std::int64_t part) { return part < 0; });
    if (negative || sum != size || parts.size() != context.output_count()) {
        context.invalid("parts of ", to_string(parts), " for ", outputs, " outputs do not make up axis ", axis,
                        " of the input of shape ", to_string(shape));
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        shape[axis] = parts[i];
        context.set_output(i, context.dtype(0), shape);
    }
}

void view_parts(LowerContext& context, const Shape& channels) {
    std::int64_t channel = 0;
    for (std::size_t output = 0; output < channels.size(); ++output) {
        if (context.has_output(output)) {
            context.view_channels(output, 0, channel);
        }
        channel += channels[output];
    }
}

void lower_split(LowerContext& context) {
    const Shape& data = context.shape(0);
    const std::size_t axis = axis_of(context.node(), data);
    const Layout layout = context.layout(0);
    const Shape parts = context.has_input(1)
                            ? integers(context, 1)
                            : equal_parts(data[axis], static_cast<std::int64_t>(context.output_count()));
    if (layout == Layout::channels_last && axis == 1) {
        return view_parts(context, parts);
    }
    const Shape strides = strides_of(data, layout);
    const Slot from = context.input(0, layout);
    std::int64_t start = 0;
    for (std::size_t output = 0; output < parts.size(); ++output) {
        const std::int64_t offset = start * strides[axis];
        start += parts[output];
        if (!context.has_output(output)) {
            continue;
        }
        const Slot to = context.output(output, layout);
        std::vector<ViewAxis> axes;
        for (std::size_t i = 0; i < data.size(); ++i) {
            axes.push_back({i == axis ? parts[output] : data[i], strides[i]});
        }
        if (parts[output] > 0) {
            context.add(
                make_view_copy_step(context.dtype(0), {in_memory_order(std::move(axes), layout), offset}, from, to));
        }
    }
}

const Registration split{{"", "Split", 1, 2, any_number, {1}, infer_split, lower_split}};

}  // namespace

}  // namespace onecnn::core
