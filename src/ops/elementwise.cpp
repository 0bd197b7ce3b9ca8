// SPDX-License-Identifier: Apache-2.0
#include "ops/elementwise.h"

#include <algorithm>
#include <string>
#include <utility>

#include "kernels/affine_channels.h"

namespace onecnn::core {

namespace {

struct ElementSet {
    bool (*has)(DType);
    std::string_view expected;
};

bool is_floating(DType dtype) {
    return visit_floating(dtype, [](auto) {});
}
bool is_integer(DType dtype) {
    return visit_integer(dtype, [](auto) {});
}
bool is_unsigned(DType dtype) {
    return dtype == DType::uint8 || dtype == DType::uint16 || dtype == DType::uint32 || dtype == DType::uint64;
}

ElementSet describe(Elements elements) {
    switch (elements) {
        case Elements::floating: return {is_floating, "a float"};
        case Elements::signed_number:
            return {[](DType dtype) { return is_floating(dtype) || (is_integer(dtype) && !is_unsigned(dtype)); },
                    "a signed number"};
        case Elements::number: return {[](DType dtype) { return is_floating(dtype) || is_integer(dtype); }, "a number"};
        case Elements::integer: return {is_integer, "an integer"};
        case Elements::boolean: return {[](DType dtype) { return dtype == DType::boolean; }, "bool"};
    }
    fail(ErrorCode::internal, "there is no such set of dtypes");
}

/// Channels last when a whole operand lies so, and the others can be read along with it.
Layout common_layout(const LowerContext& context) {
    const Shape& result = context.output_shape(0);
    if (layouts_coincide(result)) {
        return Layout::row_major;
    }
    bool wanted = false;
    for (std::size_t i = 0; i < context.input_count(); ++i) {
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

/// The dimensions in the order in which they lie, with ones before them up to a rank.
Shape in_memory_order(Shape shape, std::size_t rank, Layout layout) {
    shape.insert(shape.begin(), rank - shape.size(), 1);
    if (layout == Layout::channels_last) {
        std::rotate(shape.begin() + 1, shape.begin() + 2, shape.end());
    }
    return shape;
}

}  // namespace

void require_elements(const InferContext& context, std::size_t index, Elements elements) {
    const ElementSet set = describe(elements);
    if (!set.has(context.dtype(index))) {
        context.invalid("input ", index, " is ", name(context.dtype(index)), ", expected ", set.expected);
    }
}

Shape common_shape(const InferContext& context) {
    Shape result = context.shape(0);
    for (std::size_t i = 1; i < context.input_count(); ++i) {
        context.require_same_dtype(i);
        result = broadcast(result, context.shape(i), describe(context.node()));
    }
    return result;
}

void lower_unary(LowerContext& context, const UnaryKernel& kernel, Parameters parameters) {
    const Layout layout = context.layout(0);
    const Operand x{context.input(0, layout), context.dtype(0)};
    const Operand y{context.output(0, layout), context.output_dtype(0)};
    context.add(make_unary_step("elementwise", kernel, parameters, element_count(context.shape(0)), x, y));
}

void lower_eltwise(LowerContext& context, const Eltwise& eltwise) {
    const Layout layout = context.layout(0);
    const Slot from = context.input(0, layout);
    const Slot to = context.output(0, layout);
    const std::int64_t count = element_count(context.shape(0));
    const std::int64_t slices = slices_for(count, 1);  // starting a primitive costs as much as a few thousand elements
    std::string implementation;
    std::vector<PrimitiveStep::Slice> made;
    for (std::int64_t i = 0; i < slices; ++i) {
        const Range range = slice_range(count, slices, i);
        const auto flat = descriptor(DType::float32, Shape{range.end - range.begin});
        const dnnl::eltwise_forward::primitive_desc primitive(cpu_engine(), dnnl::prop_kind::forward_inference,
                                                              eltwise.algorithm, flat, flat, eltwise.alpha,
                                                              eltwise.beta, primitive_attributes());
        const auto offset = static_cast<std::size_t>(range.begin) * sizeof(float);
        implementation = primitive.impl_info_str();
        made.push_back(
            {dnnl::eltwise_forward(primitive), {{DNNL_ARG_SRC, flat, from, offset}, {DNNL_ARG_DST, flat, to, offset}}});
    }
    context.add(std::make_unique<PrimitiveStep>(std::move(implementation), std::move(made), count * 8));
}

BroadcastPass BroadcastPlaces::pass(const BinaryKernel& kernel, std::size_t a, std::size_t b,
                                    Parameters parameters) const {
    return {kernel, parameters, broadcast_axes(shapes[a], shapes[b], result), inputs[a], inputs[b]};
}

BroadcastPass BroadcastPlaces::further_pass(const BinaryKernel& kernel, std::size_t b, Parameters parameters) const {
    return {kernel, parameters, broadcast_axes(result, shapes[b], result), output, inputs[b]};
}

BroadcastPlaces place_broadcast(LowerContext& context) {
    const Layout layout = common_layout(context);
    const std::size_t rank = context.output_shape(0).size();
    BroadcastPlaces places;
    for (std::size_t i = 0; i < context.input_count(); ++i) {
        const Shape& shape = context.shape(i);
        places.shapes.push_back(in_memory_order(shape, rank, layout));
        places.inputs.push_back(
            {context.input(i, shape.size() == rank ? layout : Layout::row_major), context.dtype(i)});
    }
    places.result = in_memory_order(context.output_shape(0), rank, layout);
    places.output = {context.output(0, layout), context.output_dtype(0)};
    return places;
}

bool lower_bounds(LowerContext& context, const Bounds& bounds) {
    const Shape& shape = context.shape(0);
    if (context.dtype(0) != DType::float32 || context.layout(0) != Layout::channels_last) {
        return false;
    }
    context.add(make_affine_channels_step({.pixels = shape[0] * element_count(shape, 2, shape.size()),
                                           .channels = shape[1],
                                           .x = context.input_place(0),
                                           .y = context.output_place(0),
                                           .bounds = bounds}));
    return true;
}

bool lower_equal_sum(LowerContext& context) {
    const Shape& shape = context.output_shape(0);
    if (context.input_count() != 2 || context.dtype(0) != DType::float32 || context.shape(0) != shape ||
        context.shape(1) != shape) {
        return false;
    }
    AffineChannels sum{.pixels = 1,
                       .channels = element_count(shape),
                       .bounds = as_bounds(context.node().activation).value_or(Bounds{})};
    if (common_layout(context) == Layout::channels_last) {
        sum.pixels = shape[0] * element_count(shape, 2, shape.size());
        sum.channels = shape[1];
        sum.x = context.input_place(0);
        sum.addend = context.input_place(1);
        sum.y = context.output_place(0);
    } else {
        const auto whole = [&](Slot slot) { return Place{slot, 0, sum.channels}; };
        sum.x = whole(context.input(0));
        sum.addend = whole(context.input(1));
        sum.y = whole(context.output(0));
    }
    context.add(make_affine_channels_step(sum));
    return true;
}

void lower_binary(LowerContext& context, const BinaryKernel& kernel, Parameters parameters) {
    const BroadcastPlaces places = place_broadcast(context);
    context.add(make_broadcast_step("elementwise", {places.pass(kernel, 0, 1, parameters)}, places.output));
}

}  // namespace onecnn::core
