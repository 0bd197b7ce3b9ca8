// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <utility>

#include "kernels/arithmetic.h"
#include "kernels/broadcast.h"
#include "kernels/visit_dtype.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void infer_binary(InferContext& context) {
    context.require_same_dtype(1);
    if (!visit_numeric(context.dtype(0), [](auto) {})) {
        context.invalid("input 0 is ", name(context.dtype(0)), ", expected a number");
    }
    context.set_output(0, context.dtype(0), broadcast(context.shape(0), context.shape(1), describe(context.node())));
}

/// Channels last when a whole operand lies so, and the other one can be read along with it.
Layout common_layout(const LowerContext& context) {
    const Shape& result = context.output_shape(0);
    if (layouts_coincide(result)) {
        return Layout::row_major;
    }
    bool wanted = false;
    for (const std::size_t i : {0U, 1U}) {
        Shape shape = context.shape(i);
        wanted = wanted || (shape == result && context.layout(i) == Layout::channels_last);
        if (shape.size() < result.size()) {
            shape.insert(shape.begin(), result.size() - shape.size(), 1);
            if (!layouts_coincide(shape)) {
                return Layout::row_major;
            }
        }
    }
    return wanted ? Layout::channels_last : Layout::row_major;
}

struct Operands {
    std::vector<BroadcastAxis> axes;
    std::array<Slot, 2> from;
    Slot to;
};

Operands place(LowerContext& context) {
    const Layout layout = common_layout(context);
    const std::size_t rank = context.output_shape(0).size();
    std::array<Shape, 2> stored;
    for (const std::size_t i : {0U, 1U}) {
        stored[i] = context.shape(i);
        if (layout == Layout::channels_last) {
            stored[i].insert(stored[i].begin(), rank - stored[i].size(), 1);
            std::rotate(stored[i].begin() + 1, stored[i].begin() + 2, stored[i].end());
        }
    }
    const auto slot = [&](std::size_t i) {
        return context.input(i, context.shape(i).size() == rank ? layout : Layout::row_major);
    };
    const Slot left = slot(0);
    const Slot right = slot(1);
    return {broadcast_axes(stored[0], stored[1]), {left, right}, context.output(0, layout)};
}

/// oneDNN's binary primitive over the joined axes, sliced along the outermost; nothing where it has only its reference. The
/// first operand must be whole.
std::unique_ptr<Step> make_onednn_step(dnnl::algorithm algorithm, const Operands& operands) {
    const auto& axes = operands.axes;
    const std::int64_t outermost = axes.front().size;
    const std::int64_t inner = element_count(axes) / outermost;
    constexpr std::int64_t element_work = 3 * sizeof(float);
    // Starting a primitive takes half a microsecond, as long as a fifth of slices_for's usual slice: make them larger.
    const std::int64_t slices = slices_for(outermost, inner);
    std::string implementation;
    std::vector<PrimitiveStep::Slice> made;
    for (std::int64_t i = 0; i < slices; ++i) {
        const Range range = slice_range(outermost, slices, i);
        Shape whole;
        Shape other;
        for (const BroadcastAxis& axis : axes) {
            if (axis.a == 0) {
                return nullptr;
            }
            whole.push_back(axis.size);
            other.push_back(axis.b == 0 ? 1 : axis.size);
        }
        whole.front() = range.end - range.begin;
        other.front() = axes.front().b == 0 ? 1 : whole.front();
        const auto dst = descriptor(DType::float32, whole);
        const auto src1 = descriptor(DType::float32, other);
        const dnnl::binary::primitive_desc primitive(cpu_engine(), algorithm, dst, src1, dst, primitive_attributes());
        if (is_reference(primitive)) {
            return nullptr;
        }
        implementation = primitive.impl_info_str();
        const auto offset = static_cast<std::size_t>(range.begin * inner) * sizeof(float);
        const auto other_offset = static_cast<std::size_t>(range.begin * axes.front().b) * sizeof(float);
        made.push_back({dnnl::binary(primitive),
                        {{DNNL_ARG_SRC_0, dst, operands.from[0], offset},
                         {DNNL_ARG_SRC_1, src1, operands.from[1], other_offset},
                         {DNNL_ARG_DST, dst, operands.to, offset}}});
    }
    return std::make_unique<PrimitiveStep>(std::move(implementation), std::move(made),
                                           outermost * inner * element_work);
}

Operands swapped(Operands operands) {
    std::swap(operands.from[0], operands.from[1]);
    for (BroadcastAxis& axis : operands.axes) {
        std::swap(axis.a, axis.b);
    }
    return operands;
}

template <typename Operation, dnnl::algorithm algorithm, bool commutes>
void lower_binary(LowerContext& context) {
    const Operands operands = place(context);
    if (context.dtype(0) == DType::float32) {
        auto step = make_onednn_step(algorithm, operands);
        if (step == nullptr && commutes) {
            step = make_onednn_step(algorithm, swapped(operands));
        }
        if (step != nullptr) {
            return context.add(std::move(step));
        }
    }
    static_cast<void>(visit_numeric(context.dtype(0), [&]<typename T>(T) {
        context.add(
            make_broadcast_step<T>(operands.axes, Operation(), operands.from[0], operands.from[1], operands.to));
    }));
}

using enum dnnl::algorithm;

const Registration add{{"", "Add", 2, 2, 1, {}, infer_binary, lower_binary<Add, binary_add, true>}};
const Registration sub{{"", "Sub", 2, 2, 1, {}, infer_binary, lower_binary<Sub, binary_sub, false>}};
const Registration mul{{"", "Mul", 2, 2, 1, {}, infer_binary, lower_binary<Mul, binary_mul, true>}};
const Registration div{{"", "Div", 2, 2, 1, {}, infer_binary, lower_binary<Div, binary_div, false>}};

}  // namespace

}  // namespace onecnn::core
