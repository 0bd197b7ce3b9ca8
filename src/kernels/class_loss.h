// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

enum class LossReduction { none, sum, mean };

/// −w[c] · x[n, c, d] for the class c = target[n, d] of each position; 0 where that is `ignored`. The mean is over the weights.
struct ClassLoss {
    DType dtype;         ///< a float; computed in double
    DType target_dtype;  ///< int32 or int64
    bool of_scores;      ///< x is normalised by LogSoftmax first
    std::int64_t batch;
    std::int64_t classes;
    std::int64_t positions;
    LossReduction reduction;
    std::optional<std::int64_t> ignored;
    std::string node;  ///< as messages call it
};

struct ClassLossSlots {
    Slot x;
    Slot target;
    std::optional<Slot> weights;            ///< [classes]
    std::optional<Slot> loss;               ///< [batch, positions], or one number
    std::optional<Slot> log_probabilities;  ///< as x
};

[[nodiscard]] std::unique_ptr<Step> make_class_loss_step(const ClassLoss& loss, const ClassLossSlots& slots);

}  // namespace onecnn::core
