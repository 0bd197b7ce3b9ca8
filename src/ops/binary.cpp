// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/arithmetic.h"
#include "kernels/gated_channels.h"
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

/// oneDNN's binary primitive over the joined axes, sliced along the outermost; nothing where it has only its reference. The
/// first operand must be whole.
std::unique_ptr<Step> make_onednn_step(dnnl::algorithm algorithm, const BroadcastPass& pass, Slot to) {
    const auto& axes = pass.axes;
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
                        {{DNNL_ARG_SRC_0, dst, pass.a.slot, offset},
                         {DNNL_ARG_SRC_1, src1, pass.b.slot, other_offset},
                         {DNNL_ARG_DST, dst, to, offset}}});
    }
    return std::make_unique<PrimitiveStep>(std::move(implementation), std::move(made),
                                           outermost * inner * element_work);
}

BroadcastPass swapped(BroadcastPass pass) {
    std::swap(pass.a, pass.b);
    for (BroadcastAxis& axis : pass.axes) {
        std::swap(axis.a, axis.b);
    }
    return pass;
}

/// The integers of a size share a kernel: they wrap around.
template <typename Operation>
BinaryKernel wrapping_kernel(DType dtype) {
    std::optional<BinaryKernel> kernel;
    if (visit_floating(dtype, [&]<typename T>(T) { kernel = binary_kernel<T, T, T>(Operation()); })) {
        return kernel.value();
    }
    return sized_kernel<Operation>(dtype);
}

void lower(LowerContext& context, const BinaryKernel& kernel, dnnl::algorithm algorithm, bool commutes) {
    const BroadcastPlaces places = place_broadcast(context);
    BroadcastPass pass = places.pass(kernel, 0, 1);
    if (context.dtype(0) == DType::float32) {
        auto step = make_onednn_step(algorithm, pass, places.output.slot);
        if (step == nullptr && commutes) {
            step = make_onednn_step(algorithm, swapped(pass), places.output.slot);
        }
        if (step != nullptr) {
            return context.add(std::move(step));
        }
    }
    context.add(make_broadcast_step("elementwise", {std::move(pass)}, places.output));
}

void lower_add(LowerContext& context) {
    if (lower_equal_sum(context)) {
        return;
    }
    lower(context, wrapping_kernel<Add>(context.dtype(0)), dnnl::algorithm::binary_add, true);
}

void lower_sub(LowerContext& context) {
    lower(context, wrapping_kernel<Sub>(context.dtype(0)), dnnl::algorithm::binary_sub, false);
}

/// Whether a shape has one element for each channel of x, of each image or of all alike: [N or 1, C, 1, 1].
bool is_gate(const Shape& shape, const Shape& x) {
    return shape.size() == x.size() && x.size() > 2 && shape[1] == x[1] && (shape[0] == x[0] || shape[0] == 1) &&
           element_count(shape, 2, shape.size()) == 1;
}

/// A product of float32 that lies channels last with a factor a channel; false, with nothing added, for others.
bool lower_gate(LowerContext& context) {
    const Shape& shape = context.output_shape(0);
    for (const std::size_t gate : {1, 0}) {
        const std::size_t x = 1 - gate;
        if (context.dtype(0) == DType::float32 && context.shape(x) == shape && is_gate(context.shape(gate), shape) &&
            context.layout(x) == Layout::channels_last) {
            context.add(make_gated_channels_step({.images = shape[0],
                                                  .pixels = element_count(shape, 2, shape.size()),
                                                  .channels = shape[1],
                                                  .x = context.input_place(x),
                                                  .y = context.output_place(0),
                                                  .gate = context.input(gate),
                                                  .of_all = context.shape(gate)[0] == 1}));
            return true;
        }
    }
    return false;
}

void lower_mul(LowerContext& context) {
    if (lower_gate(context)) {
        return;
    }
    lower(context, wrapping_kernel<Mul>(context.dtype(0)), dnnl::algorithm::binary_mul, true);
}

void lower_div(LowerContext& context) {
    lower(context, numeric_kernel<Div>(context.dtype(0)), dnnl::algorithm::binary_div, false);
}

const Registration add{{"", "Add", 2, 2, 1, {}, infer_broadcast<Elements::number>, lower_add}};
const Registration sub{{"", "Sub", 2, 2, 1, {}, infer_broadcast<Elements::number>, lower_sub}};
const Registration mul{{"", "Mul", 2, 2, 1, {}, infer_broadcast<Elements::number>, lower_mul}};
const Registration div{{"", "Div", 2, 2, 1, {}, infer_broadcast<Elements::number>, lower_div}};

}  // namespace

}  // namespace onecnn::core
