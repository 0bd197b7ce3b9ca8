// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "kernels/round.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    if (context.dtype(0) != DType::float32) {
        context.invalid("input 0 is ", name(context.dtype(0)), ", expected float32");
    }
    if (element_count(context.shape(0)) == 0) {
        context.unsupported("input 0 has shape ", to_string(context.shape(0)), ", which has no elements");
    }
    context.set_output(0, DType::uint8, context.shape(0));
    context.set_output(1, DType::float32, {});
    context.set_output(2, DType::uint8, {});
}

constexpr float most = 255;

/// How floats become 0 to 255.
struct Quantization {
    float scale;
    std::uint8_t zero_point;
};

/// The least and the greatest element, 0 among them, become 0 and 255, and 0 a whole number.
Quantization choose(const float* x, std::int64_t count) {
    float low = 0;
    float high = 0;
    for (std::int64_t i = 0; i < count; ++i) {
        low = std::min(low, x[i]);
        high = std::max(high, x[i]);
    }
    const float scale = high == low ? 1 / most : (high - low) / most;
    return {scale, static_cast<std::uint8_t>(round_within(0 - low / scale, 0, most))};
}

/// One slice: its results follow from all elements.
void lower(LowerContext& context) {
    const Slot x = context.input(0);
    std::array<std::optional<Slot>, 3> results;
    std::vector<Slot> writes;
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (context.has_output(i)) {
            results[i] = context.output(i);
            writes.push_back(*results[i]);
        }
    }
    const std::int64_t count = element_count(context.shape(0));
    context.add_function(
        "dynamic_quantize", {x}, std::move(writes), 1, count * 8, [=](const Memory& memory, std::int64_t) {
            const float* const from = memory.at<const float>(x);
            const Quantization chosen = choose(from, count);
            const float zero = chosen.zero_point;
            if (results[0]) {
                std::transform(from, from + count, memory.at<std::uint8_t>(*results[0]), [=](float value) {
                    return static_cast<std::uint8_t>(round_within(value / chosen.scale, -zero, most - zero) + zero);
                });
            }
            if (results[1]) {
                *memory.at<float>(*results[1]) = chosen.scale;
            }
            if (results[2]) {
                *memory.at<std::uint8_t>(*results[2]) = chosen.zero_point;
            }
        });
}

const Registration dynamic_quantize_linear{{"", "DynamicQuantizeLinear", 1, 1, 3, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
