// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/element_codec.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

/// A scale or zero point as a step reads it: one, or one for each row, column or channel; `fallback` where the node has none.
class QuantizationParameter {
public:
    /// The parameter that is the node's input `index`; the input is added to `reads`.
    QuantizationParameter(LowerContext& context, std::size_t index, float fallback, std::vector<Slot>& reads);

    /// The parameter of row, column or channel `index`; those that are fewer repeat.
    [[nodiscard]] float at(const Memory& memory, std::int64_t index) const;

private:
    std::optional<ElementReader> read_;
    Slot slot_{};
    std::int64_t count_ = 1;
    float fallback_;
};

/// Refuses an input that is not int8 or uint8, and its zero point where that has another type.
void require_int8(const InferContext& context, std::size_t index, std::size_t zero_point);

/// Refuses a scale or zero point that is not one element.
void require_single(const InferContext& context, std::size_t index);

/// Stores whole numbers of int8 or uint8: clamp(round(sums · scales) + zero point).
void requantize(DType dtype, const std::int32_t* sums, const float* scales, std::int64_t count, float zero_point,
                std::byte* to);

}  // namespace onecnn::core
