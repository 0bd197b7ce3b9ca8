// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>

#include "graph/attributes.h"
#include "graph/element_type.h"
#include "kernels/element_codec.h"
#include "kernels/transpose.h"
#include "ops/cast_strings.h"
#include "ops/element_blocks.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

SmallFloatRounding rounding_of(const Node& node) {
    using enum SmallFloatRounding::Exponent;
    const auto mode = attribute<std::string>(node, "round_mode", "up");
    if (mode != "up" && mode != "down" && mode != "nearest") {
        fail(ErrorCode::invalid_model, describe(node), ": round_mode is '", mode, "', expected up, down or nearest");
    }
    return {.saturate = attribute<std::int64_t>(node, "saturate", 1) != 0,
            .exponent = mode == "up"     ? up
                        : mode == "down" ? down
                                         : nearest};
}

DType type_of_attribute(const Node& node) {
    return element_type(required_attribute<std::int64_t>(node, "to"), describe(node) + ": its result");
}

void infer_as(InferContext& context, DType dtype) {
    if (dtype == DType::string) {
        return context.to_values();
    }
    for (const DType side : {context.dtype(0), dtype}) {
        if (!is_numeric_or_bool(side)) {
            context.unsupported("a cast from ", name(context.dtype(0)), " to ", name(dtype), " is not supported");
        }
    }
    static_cast<void>(rounding_of(context.node()));
    context.set_output(0, dtype, context.shape(0));
}

void infer_cast(InferContext& context) { infer_as(context, type_of_attribute(context.node())); }

void infer_cast_like(InferContext& context) { infer_as(context, context.dtype(1)); }

void execute_cast(ExecuteContext& context) { cast_strings(context, type_of_attribute(context.node())); }

void execute_cast_like(ExecuteContext& context) { cast_strings(context, context.tensor(1).dtype()); }

void lower_cast(LowerContext& context) {
    const DType from_type = context.dtype(0);
    const DType to_type = context.output_dtype(0);
    const Layout layout = context.layout(0);
    const Slot from = context.input(0, layout);
    const Slot to = context.output(0, layout);
    const Shape& shape = context.shape(0);
    if (from_type == to_type) {
        return context.add(make_copy_step(byte_count(from_type, shape), from, to));
    }
    const DType between = carrier(to_type);
    const ElementReader read(from_type, between);
    const std::int64_t element_bytes = (std::max(8, bits(from_type)) + std::max(8, bits(to_type))) / 8;
    if (between == to_type) {
        return add_block_function(context, "convert", {from}, to, element_count(shape), element_bytes,
                                  [=, to_bytes = bits(to_type) / 8](const Memory& memory, Range elements) {
                                      read(memory[from], elements, memory[to] + elements.begin * to_bytes);
                                  });
    }
    const ElementWriter write(between, to_type, rounding_of(context.node()));
    add_block_function(context, "convert", {from}, to, element_count(shape), element_bytes,
                       [=](const Memory& memory, Range elements) {
                           alignas(64) std::array<std::byte, codec_block * sizeof(float)> carried;
                           read(memory[from], elements, carried.data());
                           write(carried.data(), memory[to], elements);
                       });
}

void infer_bit_cast(InferContext& context) {
    const DType from = context.dtype(0);
    const DType to = type_of_attribute(context.node());
    if (bits(from) != bits(to) || bits(from) == 0) {
        context.invalid("input 0 is ", name(from), ", of ", bits(from), " bits, and its result ", name(to), ", of ",
                        bits(to), "; they must be of the same size");
    }
    context.set_output(0, to, context.shape(0));
}

void lower_bit_cast(LowerContext& context) {
    // A bool is 0 or 1 to everybody who reads one.
    if (context.output_dtype(0) == DType::boolean) {
        return lower_cast(context);
    }
    context.alias(0, 0);
}

const Registration cast{{"", "Cast", 1, 1, 1, {}, infer_cast, lower_cast, execute_cast}};
const Registration cast_like{{"", "CastLike", 2, 2, 1, {}, infer_cast_like, lower_cast, execute_cast_like}};
const Registration bit_cast{{"", "BitCast", 1, 1, 1, {}, infer_bit_cast, lower_bit_cast}};

}  // namespace

}  // namespace onecnn::core
