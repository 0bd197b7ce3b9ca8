// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "graph/element_type.h"
#include "kernels/element_codec.h"
#include "kernels/float16.h"
#include "kernels/round.h"
#include "ops/element_blocks.h"
#include "ops/lower_context.h"
#include "ops/operator.h"
#include "ops/quantized_image.h"
#include "ops/scaling.h"

namespace onecnn::core {

namespace {

/// The values of a quantised type of whole numbers.
struct Bounds {
    float least;
    float most;
};

/// Nothing for a type whose own rounding bounds it, as float8.
std::optional<Bounds> bounds_of(DType dtype) {
    const int width = bits(dtype);
    switch (dtype) {
        case DType::uint2:
        case DType::uint4:
        case DType::uint8:
        case DType::uint16: return Bounds{0, std::ldexp(1.0F, width) - 1};
        case DType::int2:
        case DType::int4:
        case DType::int8:
        case DType::int16: return Bounds{-std::ldexp(1.0F, width - 1), std::ldexp(1.0F, width - 1) - 1};
        default: return std::nullopt;
    }
}

bool is_quantized(DType dtype) { return bounds_of(dtype) || (is_small_float(dtype) && dtype != DType::float8e8m0); }

DType result_type(const InferContext& context) {
    const auto asked = attribute<std::int64_t>(context.node(), "output_dtype", 0);
    if (asked == 0) {
        return context.has_input(2) ? context.dtype(2) : DType::uint8;
    }
    const DType dtype = element_type(asked, describe(context.node()) + ": its result");
    if (context.has_input(2) && context.dtype(2) != dtype) {
        context.invalid("output_dtype is ", name(dtype), " and the zero points are ", name(context.dtype(2)));
    }
    return dtype;
}

/// The type whose precision the quotient has.
DType precision_of(const Node& node, DType scale) {
    const auto asked = attribute<std::int64_t>(node, "precision", 0);
    const DType dtype = asked == 0 ? scale : element_type(asked, describe(node) + ": precision");
    return dtype == DType::float16 || dtype == DType::bfloat16 ? dtype : DType::float32;
}

void infer(InferContext& context) {
    switch (context.dtype(0)) {
        case DType::float32:
        case DType::float16:
        case DType::bfloat16:
        case DType::int32: break;
        default:
            context.invalid("input 0 is ", name(context.dtype(0)), ", expected float32, float16, bfloat16 or int32");
    }
    switch (context.dtype(1)) {
        case DType::float32:
        case DType::float16:
        case DType::bfloat16:
        case DType::float8e8m0:
        case DType::int32: break;
        default:
            context.invalid("the scales are ", name(context.dtype(1)),
                            ", expected float32, float16, bfloat16, float8_e8m0fnu or int32");
    }
    const DType result = result_type(context);
    if (!is_quantized(result)) {
        context.invalid("the result is ", name(result), ", to which nothing is quantized");
    }
    require_scaling(context);
    static_cast<void>(precision_of(context.node(), context.dtype(1)));
    context.set_output(0, result, context.shape(0));
}

using Floats = std::array<float, codec_block>;

void round_to(DType precision, float* values, std::int64_t count) {
    if (precision == DType::float16) {
        std::transform(values, values + count, values, [](float x) { return static_cast<float>(Float16(x)); });
    } else if (precision == DType::bfloat16) {
        std::transform(values, values + count, values, [](float x) { return static_cast<float>(BFloat16(x)); });
    }
}

/// What turns a block of elements into quantised ones.
struct Quantizer {
    Scaling scaling;
    ElementReader read;
    ElementReader read_scale;
    std::optional<ElementReader> read_zero;
    ElementWriter write;
    DType precision;
    std::optional<Bounds> bounds;

    void operator()(const std::byte* x, const std::byte* scales, const std::byte* zeros, std::byte* y,
                    Range elements) const {
        Floats values;
        read(x, elements, values.data());
        for_each_scaled(scaling, elements, [&](Range piece, std::int64_t first, std::int64_t step) {
            quantize(values.data() + (piece.begin - elements.begin), piece.end - piece.begin, scales, zeros, first,
                     step);
        });
        write(values.data(), y, elements);
    }

private:
    void quantize(float* values, std::int64_t count, const std::byte* scales, const std::byte* zeros,
                  std::int64_t first, std::int64_t step) const {
        const Range needed{first, step == 0 ? first + 1 : first + count};
        Floats scale;
        Floats zero{};
        read_scale(scales, needed, scale.data());
        if (read_zero) {
            (*read_zero)(zeros, needed, zero.data());
        }
        if (step == 0) {
            std::transform(values, values + count, values, [s = scale[0]](float x) { return x / s; });
        } else {
            std::transform(values, values + count, scale.begin(), values, [](float x, float s) { return x / s; });
        }
        round_to(precision, values, count);
        if (!bounds && !read_zero) {
            return;
        }
        const auto place = [this](float x, float z) {
            return bounds ? round_within(x, bounds->least - z, bounds->most - z) + z : x + z;
        };
        if (step == 0) {
            std::transform(values, values + count, values, [&, z = zero[0]](float x) { return place(x, z); });
        } else {
            std::transform(values, values + count, zero.begin(), values, place);
        }
    }
};

void lower(LowerContext& context) {
    if (precision_of(context.node(), context.dtype(1)) == DType::float32 && lower_quantized_image(context)) {
        return;
    }
    const Scaling scaling = scaling_of(context.node(), context.shape(0), context.shape(1));
    const DType result = context.output_dtype(0);
    const bool saturate = attribute<std::int64_t>(context.node(), "saturate", 1) != 0;
    Quantizer quantizer{.scaling = scaling,
                        .read = ElementReader(context.dtype(0), DType::float32),
                        .read_scale = ElementReader(context.dtype(1), DType::float32),
                        .read_zero = std::nullopt,
                        .write = ElementWriter(DType::float32, result, {.saturate = saturate}),
                        .precision = precision_of(context.node(), context.dtype(1)),
                        .bounds = bounds_of(result)};
    const Layout layout = scaling.single ? context.layout(0) : Layout::row_major;
    const Slot x = context.input(0, layout);
    const Slot scales = context.input(1);
    std::vector<Slot> reads{x, scales};
    Slot zeros = scales;
    // float8 has zero points of 0 alone.
    if (context.has_input(2) && (quantizer.bounds || result == DType::float4e2m1)) {
        quantizer.read_zero.emplace(result, DType::float32);
        zeros = context.input(2);
        reads.push_back(zeros);
    }
    const Slot y = context.output(0, layout);
    add_block_function(context, "quantize", std::move(reads), y, element_count(context.shape(0)), 8,
                       [=](const Memory& memory, Range elements) {
                           quantizer(memory[x], memory[scales], memory[zeros], memory[y], elements);
                       });
}

const Registration quantize_linear{{"", "QuantizeLinear", 2, 3, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
