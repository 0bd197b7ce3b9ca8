// SPDX-License-Identifier: Apache-2.0
#include "kernels/dft.h"

#include <optional>
#include <utility>

#include "graph/attributes.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void require_float(const InferContext& context) {
    const DType dtype = context.dtype(0);
    if (dtype != DType::float32 && dtype != DType::float64 && dtype != DType::float16 && dtype != DType::bfloat16) {
        context.invalid("input 0 is ", name(dtype), ", expected a float");
    }
}

/// The one element of an input that decides a shape; nothing when it is left out.
std::optional<std::int64_t> scalar(const InferContext& context, std::size_t index) {
    if (!context.has_input(index)) {
        return std::nullopt;
    }
    const auto values = context.integers(index);
    if (values.size() != 1) {
        context.invalid("input ", index, " has shape ", to_string(context.shape(index)), ", expected a scalar");
    }
    return values[0];
}

/// Tables and scratch memory take up to some two hundred bytes for each sample.
constexpr std::int64_t longest = std::int64_t{1} << 25;

void require_length(const InferContext& context, std::int64_t length) {
    if (length < 1) {
        context.invalid("the transform's length is ", length, ", expected 1 or more");
    }
    if (length > longest) {
        fail(ErrorCode::resource_limit, "the transform's length is ", length, ", more than ", longest);
    }
}

/// The parts of a sample: 1 for real numbers, 2 for complex ones.
std::int64_t parts_of(const InferContext& context) {
    const Shape& shape = context.shape(0);
    if (shape.size() < 2 || (shape.back() != 1 && shape.back() != 2)) {
        context.invalid("input 0 has shape ", to_string(shape), ", expected a last dimension of 1 or 2");
    }
    return shape.back();
}

/// The element of an integer constant.
std::int64_t integer(const Tensor& constant) {
    return constant.dtype() == DType::int64 ? constant.as<std::int64_t>()[0] : constant.as<std::int32_t>()[0];
}

enum DftInput : std::size_t { x, dft_length, axis };

DftKind kind_of(const Node& node) {
    if (attribute<std::int64_t>(node, "inverse", 0) == 0) {
        return DftKind::forward;
    }
    return attribute<std::int64_t>(node, "onesided", 0) != 0 ? DftKind::inverse_real : DftKind::inverse;
}

std::size_t axis_from(const Node& node, std::int64_t given, std::size_t rank) {
    const std::size_t found = normalized_axis(given, rank, describe(node) + ": axis");
    if (found + 1 == rank) {
        fail(ErrorCode::invalid_model, describe(node), ": axis ", given, " is the one of the complex parts");
    }
    return found;
}

void infer_dft(InferContext& context) {
    require_float(context);
    const Node& node = context.node();
    const std::int64_t parts = parts_of(context);
    Shape shape = context.shape(x);
    const std::size_t along = axis_from(node, scalar(context, axis).value_or(-2), shape.size());
    const DftKind kind = kind_of(node);
    const bool onesided = attribute<std::int64_t>(node, "onesided", 0) != 0;
    if (onesided && parts != (kind == DftKind::forward ? 1 : 2)) {
        context.invalid("input 0 of shape ", to_string(shape), " has no onesided transform ",
                        kind == DftKind::forward ? "as it is complex" : "back as it is real");
    }
    const std::int64_t standard = kind == DftKind::inverse_real ? 2 * (shape[along] - 1) : shape[along];
    const std::int64_t length = scalar(context, dft_length).value_or(standard);
    require_length(context, length);
    shape[along] = kind == DftKind::forward && onesided ? length / 2 + 1 : length;
    shape.back() = kind == DftKind::inverse_real ? 1 : 2;
    context.set_output(0, context.dtype(x), std::move(shape));
}

void lower_dft(LowerContext& context) {
    const Shape& from = context.shape(x);
    const Shape& to = context.output_shape(0);
    const std::size_t along =
        axis_from(context.node(), context.has_input(axis) ? integer(*context.constant(axis)) : -2, from.size());
    const DftKind kind = kind_of(context.node());
    std::int64_t length = kind == DftKind::forward ? from[along] : to[along];
    if (context.has_input(dft_length)) {
        length = integer(*context.constant(dft_length));
    }
    const std::int64_t block = element_count(from, along + 1, from.size() - 1);
    const auto lines = [&](const Shape& shape) {
        const std::int64_t row = block * shape.back();
        return DftLines{shape[along] * row, shape.back(), row, shape[along], shape.back()};
    };
    context.add(make_dft_step({.dtype = context.dtype(x),
                               .kind = kind,
                               .length = length,
                               .lines = element_count(from, 0, along) * block,
                               .lines_per_block = block,
                               .from = lines(from),
                               .to = lines(to)},
                              context.input(x), std::nullopt, context.output(0)));
}

enum StftInput : std::size_t { signal, frame_step, window, frame_length };

void infer_stft(InferContext& context) {
    require_float(context);
    context.require_rank(signal, 3);
    const Shape& shape = context.shape(signal);
    const bool onesided = attribute<std::int64_t>(context.node(), "onesided", 1) != 0;
    if (parts_of(context) == 2 && onesided) {
        context.invalid("input 0 of shape ", to_string(shape), " has no onesided transform as it is complex");
    }
    std::int64_t length = shape[1];
    if (context.has_input(window)) {
        context.require_same_dtype(window);
        context.require_rank(window, 1);
        length = context.shape(window)[0];
    }
    if (const auto given = scalar(context, frame_length)) {
        if (context.has_input(window) && *given != length) {
            context.invalid("frame_length is ", *given, " and the window has ", length, " elements");
        }
        length = *given;
    }
    require_length(context, length);
    if (length > shape[1]) {
        context.invalid("frames of ", length, " samples do not fit into a signal of ", shape[1]);
    }
    const std::int64_t step = scalar(context, frame_step).value_or(0);
    if (step < 1) {
        context.invalid("frame_step is ", step, ", expected 1 or more");
    }
    const std::int64_t frames = (shape[1] - length) / step + 1;
    context.set_output(0, context.dtype(signal), {shape[0], frames, onesided ? length / 2 + 1 : length, 2});
}

void lower_stft(LowerContext& context) {
    const Shape& from = context.shape(signal);
    const Shape& to = context.output_shape(0);
    std::int64_t length = from[1];
    if (context.has_input(window)) {
        length = context.shape(window)[0];
    } else if (context.has_input(frame_length)) {
        length = integer(*context.constant(frame_length));
    }
    const std::int64_t step = integer(*context.constant(frame_step));
    const std::int64_t frames = to[1];
    context.add(make_dft_step({.dtype = context.dtype(signal),
                               .kind = DftKind::forward,
                               .length = length,
                               .lines = from[0] * frames,
                               .lines_per_block = frames,
                               // One frame's step is not read, and may be anything.
                               .from = {from[1] * from[2], frames == 1 ? 0 : step * from[2], from[2], length, from[2]},
                               .to = {frames * to[2] * 2, to[2] * 2, 2, to[2], 2}},
                              context.input(signal),
                              context.has_input(window) ? std::optional(context.input(window)) : std::nullopt,
                              context.output(0)));
}

const Registration dft{{"", "DFT", 1, 3, 1, {1, 2}, infer_dft, lower_dft}};
const Registration stft{{"", "STFT", 2, 4, 1, {1, 3}, infer_stft, lower_stft}};

}  // namespace

}  // namespace onecnn::core
