// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <vector>

#include "graph/attributes.h"
#include "kernels/float16.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

enum Input : std::size_t { x, cos_cache, sin_cache, position_ids };

/// X as [batch, length, heads, size], and how far apart these lie.
struct Rotary {
    std::int64_t batch;
    std::int64_t length;
    std::int64_t heads;
    std::int64_t size;
    std::int64_t rotated;  ///< of `size`
    std::int64_t row;      ///< from a position to the next, in elements
    std::int64_t head;
    bool interleaved;
};

Rotary rotary_of(const Node& node, const Shape& shape) {
    Rotary rotary{};
    rotary.batch = shape[0];
    if (shape.size() == 4) {
        rotary.heads = shape[1];
        rotary.length = shape[2];
        rotary.size = shape[3];
        rotary.row = rotary.size;
        rotary.head = rotary.length * rotary.size;
    } else {
        rotary.heads = required_attribute<std::int64_t>(node, "num_heads");
        rotary.length = shape[1];
        rotary.size = rotary.heads > 0 ? shape[2] / rotary.heads : 0;
        rotary.row = shape[2];
        rotary.head = rotary.size;
    }
    const auto rotated = attribute<std::int64_t>(node, "rotary_embedding_dim", 0);
    rotary.rotated = rotated == 0 ? rotary.size : rotated;
    rotary.interleaved = attribute<std::int64_t>(node, "interleaved", 0) != 0;
    return rotary;
}

void infer(InferContext& context) {
    const DType dtype = context.dtype(x);
    if (dtype != DType::float32 && dtype != DType::float16 && dtype != DType::bfloat16) {
        context.invalid("input 0 is ", name(dtype), ", expected float32, float16 or bfloat16");
    }
    context.require_same_dtype(cos_cache);
    context.require_same_dtype(sin_cache);
    const Shape& shape = context.shape(x);
    if (shape.size() != 3 && shape.size() != 4) {
        context.invalid("input 0 has shape ", to_string(shape), ", expected rank 3 or 4");
    }
    const Rotary rotary = rotary_of(context.node(), shape);
    if (shape.size() == 3 && (rotary.heads < 1 || shape[2] % rotary.heads != 0)) {
        context.invalid("input 0 of shape ", to_string(shape), " does not divide into ", rotary.heads, " heads");
    }
    if (rotary.rotated < 0 || rotary.rotated > rotary.size || rotary.rotated % 2 != 0) {
        context.invalid(rotary.rotated, " of ", rotary.size, " numbers of a head cannot be rotated in pairs");
    }
    Shape cache = context.shape(cos_cache);
    if (context.has_input(position_ids)) {
        if (context.dtype(position_ids) != DType::int64 ||
            context.shape(position_ids) != Shape{rotary.batch, rotary.length}) {
            context.invalid("position_ids is ", name(context.dtype(position_ids)),
                            to_string(context.shape(position_ids)), ", expected int64[", rotary.batch, ", ",
                            rotary.length, "]");
        }
        context.require_rank(cos_cache, 2);
        cache = {cache[0], rotary.rotated / 2};
    } else {
        cache = {rotary.batch, rotary.length, rotary.rotated / 2};
    }
    for (const Input input : {cos_cache, sin_cache}) {
        if (context.shape(input) != cache) {
            context.invalid("input ", static_cast<int>(input), " has shape ", to_string(context.shape(input)),
                            ", expected ", to_string(cache));
        }
    }
    context.set_output(0, dtype, shape);
}

/// One head at one position, by the angles given as cosines and sines.
template <typename T>
void rotate(const Rotary& rotary, const T* from, const T* cosines, const T* sines, T* to) {
    const std::int64_t half = rotary.rotated / 2;
    const std::int64_t step = rotary.interleaved ? 2 : 1;
    const std::int64_t other = rotary.interleaved ? 1 : half;
    const auto wide = [](T value) { return static_cast<float>(value); };
    for (std::int64_t i = 0; i < half; ++i) {
        const float real = wide(from[i * step]);
        const float imaginary = wide(from[i * step + other]);
        to[i * step] = T(wide(cosines[i]) * real - wide(sines[i]) * imaginary);
        to[i * step + other] = T(wide(sines[i]) * real + wide(cosines[i]) * imaginary);
    }
    std::copy(from + rotary.rotated, from + rotary.size, to + rotary.rotated);
}

template <typename T>
void lower_of(LowerContext& context) {
    const Rotary rotary = rotary_of(context.node(), context.shape(x));
    const std::int64_t positions = rotary.batch * rotary.length;
    const std::int64_t work = rotary.heads * rotary.size * 8;
    const std::int64_t slices = slices_for(positions, work);
    const std::int64_t angles = context.shape(cos_cache)[0];
    const Slot from = context.input(x);
    const Slot cosines = context.input(cos_cache);
    const Slot sines = context.input(sin_cache);
    const Slot to = context.output(0);
    std::vector<Slot> reads{from, cosines, sines};
    std::optional<Slot> ids;
    if (context.has_input(position_ids)) {
        reads.push_back(*(ids = context.input(position_ids)));
    }
    context.add_function(
        "rotary_embedding", std::move(reads), {to}, slices, positions * work,
        [=, node = describe(context.node())](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(positions, slices, slice);
            for (std::int64_t position = range.begin; position < range.end; ++position) {
                const std::int64_t id = ids ? memory.at<const std::int64_t>(*ids)[position] : position;
                if (ids && (id < 0 || id >= angles)) {
                    fail(ErrorCode::invalid_argument, node, ": position_ids has ", id, ", outside [0, ", angles, ")");
                }
                const std::int64_t angle = id * (rotary.rotated / 2);
                const std::int64_t begin = position / rotary.length * rotary.heads * rotary.length * rotary.size +
                                           position % rotary.length * rotary.row;
                for (std::int64_t h = 0; h < rotary.heads; ++h) {
                    const std::int64_t place = begin + h * rotary.head;
                    rotate(rotary, memory.at<const T>(from) + place, memory.at<const T>(cosines) + angle,
                           memory.at<const T>(sines) + angle, memory.at<T>(to) + place);
                }
            }
        });
}

void lower(LowerContext& context) {
    switch (context.dtype(x)) {
        case DType::float16: return lower_of<Float16>(context);
        case DType::bfloat16: return lower_of<BFloat16>(context);
        default: return lower_of<float>(context);
    }
}

const Registration rotary_embedding{{"", "RotaryEmbedding", 3, 4, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
