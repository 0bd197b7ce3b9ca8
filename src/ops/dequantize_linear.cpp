// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <functional>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "graph/element_type.h"
#include "kernels/element_codec.h"
#include "ops/element_blocks.h"
#include "ops/lower_context.h"
#include "ops/operator.h"
#include "ops/quantized_results.h"
#include "ops/scaling.h"

namespace onecnn::core {

namespace {

bool is_quantized(DType dtype) {
    switch (dtype) {
        case DType::int8:
        case DType::uint8:
        case DType::int16:
        case DType::uint16:
        case DType::int32:
        case DType::int4:
        case DType::uint4:
        case DType::int2:
        case DType::uint2: return true;
        default: return is_small_float(dtype) && dtype != DType::float8e8m0;
    }
}

bool is_float(DType dtype) { return dtype == DType::float32 || dtype == DType::float16 || dtype == DType::bfloat16; }

void infer(InferContext& context) {
    const DType dtype = context.dtype(0);
    const DType scale = context.dtype(1);
    if (!is_quantized(dtype)) {
        context.invalid("input 0 is ", name(dtype), ", which is no quantized type");
    }
    if (!is_float(scale) && scale != DType::float8e8m0) {
        context.invalid("the scales are ", name(scale), ", expected float32, float16, bfloat16 or float8_e8m0fnu");
    }
    if (context.has_input(2)) {
        context.require_same_dtype(2);
    }
    require_scaling(context);
    const auto asked = attribute<std::int64_t>(context.node(), "output_dtype", 0);
    const DType result = asked == 0 ? scale : element_type(asked, describe(context.node()) + ": its result");
    if (!is_float(result)) {
        context.invalid("the result is ", name(result), ", expected float32, float16 or bfloat16");
    }
    context.set_output(0, result, context.shape(0));
}

using Floats = std::array<float, codec_block>;

/// values[i] = operation(values[i], operand of i), where the operand is read from `first` on, or is one for all.
template <typename Operation>
void combine(float* values, std::int64_t count, const ElementReader& read, const std::byte* operands,
             std::int64_t first, std::int64_t step, Operation operation) {
    Floats operand;
    if (step == 0) {
        read(operands, {first, first + 1}, operand.data());
        std::transform(values, values + count, values, [&, o = operand[0]](float x) { return operation(x, o); });
    } else {
        read(operands, {first, first + count}, operand.data());
        std::transform(values, values + count, operand.begin(), values, operation);
    }
}

/// What turns a block of elements into floats.
struct Dequantizer {
    Scaling scaling;
    ElementReader read;
    ElementReader read_scale;
    ElementWriter write;
    bool has_zeros;

    void operator()(const std::byte* x, const std::byte* scales, const std::byte* zeros, std::byte* y,
                    Range elements) const {
        Floats values;
        read(x, elements, values.data());
        for_each_scaled(scaling, elements, [&](Range piece, std::int64_t first, std::int64_t step) {
            float* const from = values.data() + (piece.begin - elements.begin);
            const std::int64_t count = piece.end - piece.begin;
            if (has_zeros) {
                combine(from, count, read, zeros, first, step, std::minus<>());
            }
            combine(from, count, read_scale, scales, first, step, std::multiplies<>());
        });
        write(values.data(), y, elements);
    }
};

template <typename T>
void dequantize_bytes(const T* x, std::int64_t count, float scale, float zero, float* y) {
    std::transform(x, x + count, y, [=](T value) { return (static_cast<float>(value) - zero) * scale; });
}

/// Bytes of one scale, as quantised networks have: false, with nothing added, for others.
bool lower_bytes(LowerContext& context) {
    const DType dtype = context.dtype(0);
    const auto quantization =
        dtype == DType::int8 || dtype == DType::uint8 ? byte_quantization(context, 1, 2, dtype) : std::nullopt;
    if (!quantization || context.output_dtype(0) != DType::float32) {
        return false;
    }
    const bool is_signed = dtype == DType::int8;
    const auto zero = static_cast<float>(quantization->zero - (is_signed ? 128 : 0));
    const Layout layout = context.layout(0);
    const Slot x = context.input(0, layout);
    const Slot y = context.output(0, layout);
    add_block_function(
        context, "dequantize", {x}, y, element_count(context.shape(0)), 2,
        [=, scale = quantization->scale](const Memory& memory, Range elements) {
            const std::int64_t count = elements.end - elements.begin;
            float* const to = memory.at<float>(y) + elements.begin;
            if (is_signed) {
                dequantize_bytes(memory.at<const std::int8_t>(x) + elements.begin, count, scale, zero, to);
            } else {
                dequantize_bytes(memory.at<const std::uint8_t>(x) + elements.begin, count, scale, zero, to);
            }
        });
    return true;
}

void lower(LowerContext& context) {
    if (lower_bytes(context)) {
        return;
    }
    const Scaling scaling = scaling_of(context.node(), context.shape(0), context.shape(1));
    // float8 has zero points of 0 alone.
    const bool has_zeros = context.has_input(2) && !is_small_float(context.dtype(0));
    const Dequantizer dequantizer{.scaling = scaling,
                                  .read = ElementReader(context.dtype(0), DType::float32),
                                  .read_scale = ElementReader(context.dtype(1), DType::float32),
                                  .write = ElementWriter(DType::float32, context.output_dtype(0)),
                                  .has_zeros = has_zeros};
    const Layout layout = scaling.single ? context.layout(0) : Layout::row_major;
    const Slot x = context.input(0, layout);
    const Slot scales = context.input(1);
    const Slot zeros = has_zeros ? context.input(2) : scales;
    std::vector<Slot> reads{x, scales};
    if (has_zeros) {
        reads.push_back(zeros);
    }
    const Slot y = context.output(0, layout);
    add_block_function(context, "dequantize", std::move(reads), y, element_count(context.shape(0)), 8,
                       [=](const Memory& memory, Range elements) {
                           dequantizer(memory[x], memory[scales], memory[zeros], memory[y], elements);
                       });
}

const Registration dequantize_linear{{"", "DequantizeLinear", 2, 3, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
