// SPDX-License-Identifier: Apache-2.0
#include "kernels/softmax.h"

#include <map>
#include <optional>
#include <utility>

#include "graph/attributes.h"
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

bool coerces_to_2d(const Node& node) { return attribute<std::int64_t>(node, coerce_to_matrix, 0) != 0; }

std::size_t axis_of(const Node& node, const Shape& x) {
    const auto axis = attribute<std::int64_t>(node, "axis", -1);
    // A scalar is normalised as one element; and a 2-D form may have all its dimensions on one side.
    if ((x.empty() && (axis == 0 || axis == -1)) ||
        (coerces_to_2d(node) && axis == static_cast<std::int64_t>(x.size()))) {
        return x.size();
    }
    return normalized_axis(axis, x.size(), describe(node) + ": axis");
}

void infer(InferContext& context) {
    static_cast<void>(axis_of(context.node(), context.shape(0)));
    infer_same<Elements::floating>(context);
}

SoftmaxShape shape_of(const Node& node, const Shape& x, Layout layout) {
    const std::size_t axis = axis_of(node, x);
    const std::size_t rank = x.size();
    const std::int64_t before = element_count(x, 0, axis);
    if (axis == rank) {
        return {before, 1, 1};
    }
    if (coerces_to_2d(node)) {
        return {before, element_count(x, axis, rank), 1};
    }
    if (layout == Layout::channels_last) {
        return {before * element_count(x, axis + 1, rank), x[axis], 1};
    }
    return {before, x[axis], element_count(x, axis + 1, rank)};
}

using Primitive = dnnl::softmax_forward::primitive_desc;

Primitive primitive(SoftmaxKind kind, const SoftmaxShape& shape) {
    const auto tensor = shape.inner == 1 ? descriptor(DType::float32, Shape{shape.outer, shape.size})
                                         : descriptor(DType::float32, Shape{shape.outer, shape.size, shape.inner});
    const auto algorithm =
        kind == SoftmaxKind::softmax ? dnnl::algorithm::softmax_accurate : dnnl::algorithm::softmax_log;
    return {cpu_engine(), dnnl::prop_kind::forward_inference, algorithm, tensor, tensor, 1, primitive_attributes()};
}

/// Rows of the outer dimension a slice; nothing when oneDNN has only a reference implementation.
std::unique_ptr<PrimitiveStep> make_onednn_step(SoftmaxKind kind, const SoftmaxShape& shape, Slot src, Slot dst) {
    constexpr std::int64_t work_per_element = 8;
    const std::int64_t row = shape.size * shape.inner;
    const std::int64_t count = slices_for(shape.outer, row * work_per_element);
    std::map<std::int64_t, Primitive> made;
    std::vector<PrimitiveStep::Slice> slices;
    for (std::int64_t slice = 0; slice < count; ++slice) {
        const Range range = slice_range(shape.outer, count, slice);
        const std::int64_t rows = range.end - range.begin;
        auto found = made.find(rows);
        if (found == made.end()) {
            found = made.emplace(rows, primitive(kind, {rows, shape.size, shape.inner})).first;
        }
        const Primitive& chosen = found->second;
        if (is_reference(chosen)) {
            return nullptr;
        }
        const auto offset = static_cast<std::size_t>(range.begin * row) * sizeof(float);
        slices.push_back(
            {dnnl::softmax_forward(chosen),
             {{DNNL_ARG_SRC, chosen.src_desc(), src, offset}, {DNNL_ARG_DST, chosen.dst_desc(), dst, offset}}});
    }
    return std::make_unique<PrimitiveStep>(made.begin()->second.impl_info_str(), std::move(slices),
                                           shape.outer * row * work_per_element);
}

void lower(LowerContext& context, SoftmaxKind kind) {
    const Node& node = context.node();
    const Shape& x = context.shape(0);
    const bool over_channels = x.size() > 2 && axis_of(node, x) == 1 && !coerces_to_2d(node);
    const Layout layout = over_channels ? context.layout(0) : Layout::row_major;
    const SoftmaxShape shape = shape_of(node, x, layout);
    const Slot src = context.input(0, layout);
    const Slot dst = context.output(0, layout);
    if (context.dtype(0) == DType::float32 && kind != SoftmaxKind::hardmax) {
        if (auto step = make_onednn_step(kind, shape, src, dst)) {
            context.add(std::move(step));
            return;
        }
    }
    context.add(make_softmax_step(context.dtype(0), kind, shape, src, dst));
}

void lower_softmax(LowerContext& context) { lower(context, SoftmaxKind::softmax); }

void lower_log_softmax(LowerContext& context) { lower(context, SoftmaxKind::log_softmax); }

void lower_hardmax(LowerContext& context) { lower(context, SoftmaxKind::hardmax); }

const Registration softmax{{"", "Softmax", 1, 1, 1, {}, infer, lower_softmax}};
const Registration log_softmax{{"", "LogSoftmax", 1, 1, 1, {}, infer, lower_log_softmax}};
const Registration hardmax{{"", "Hardmax", 1, 1, 1, {}, infer, lower_hardmax}};

}  // namespace

}  // namespace onecnn::core
