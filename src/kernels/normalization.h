// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "kernels/step.h"
#include "runtime/dtype.h"
#include "runtime/shape.h"

namespace onecnn::core {

/// What a row is made of, which it is divided by; `standard` and `standard_outside` take its mean from it first.
enum class RowStatistic {
    standard,          ///< √(variance + epsilon)
    standard_outside,  ///< √variance + epsilon
    root_mean_square,  ///< √(mean of squares + epsilon)
    l1,                ///< the sum of absolute values; a row of zeros stays one
    l2,                ///< √(sum of squares); a row of zeros stays one
};

/// An axis of a tensor and how far, in elements, the tensor, the scale and the bias move along it; the tensor's elements lie
/// alike in source and result.
struct NormalizationAxis {
    std::int64_t size;
    std::int64_t stride;
    std::int64_t scale = 0;
    std::int64_t bias = 0;
};

/// Each row, which is one index along `kept` and all along `reduced`, divided by its statistic, times scale, plus bias.
struct Normalization {
    RowStatistic statistic;
    double epsilon = 0;
    std::vector<NormalizationAxis> kept;
    std::vector<NormalizationAxis> reduced;
};

/// Appends an axis, joined with the last one where all move on in one go.
void append_axis(std::vector<NormalizationAxis>& axes, const NormalizationAxis& axis);

/// A tensor of a step, and its dtype: a floating-point one.
struct TypedSlot {
    DType dtype;
    Slot slot;
};

struct NormalizationSlots {
    TypedSlot src;
    std::optional<TypedSlot> scale;
    std::optional<TypedSlot> bias;
    TypedSlot dst;
    std::optional<TypedSlot> mean;               ///< a number for each row
    std::optional<TypedSlot> inverse_deviation;  ///< 1 / statistic, a number for each row
};

/// Whether a dtype may be a TypedSlot's.
[[nodiscard]] bool normalization_takes(DType dtype);

/// Computes in float, or in double where one of the tensors is float64.
[[nodiscard]] std::unique_ptr<Step> make_normalization_step(Normalization normalization,
                                                            const NormalizationSlots& slots);

}  // namespace onecnn::core
