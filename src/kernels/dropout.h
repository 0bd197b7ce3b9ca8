// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "kernels/elementwise.h"

namespace onecnn::core {

/// Dropout as training has it, of floats.
struct Dropout {
    std::string node;  ///< its description, for a ratio that is none
    std::int64_t seed;
    std::int64_t count;
    Operand x;
    std::optional<Operand> ratio;  ///< 0.5 where there is none
    Slot y;
    std::optional<Slot> mask;
};

/// Sets elements to 0 with the probability `ratio`, and divides those that stay by 1 − ratio. The choice is that of NumPy's
/// `RandomState(seed).uniform(size) >= ratio`, as in ONNX's own cases. InvalidArgument at run time when the ratio is outside
/// [0, 1).
[[nodiscard]] std::unique_ptr<Step> make_dropout_step(Dropout dropout);

}  // namespace onecnn::core
