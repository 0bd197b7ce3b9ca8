// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// The search of k elements along the middle one of three axes.
struct TopK {
    std::int64_t outer;
    std::int64_t size;
    std::int64_t inner;
    std::int64_t k;  ///< in [1, size]
    bool largest;
};

/// The k largest or smallest of the elements along an axis and their places (int64), best first, of equal ones the first
/// first. NaN is larger than every number. Either result may be left out.
[[nodiscard]] std::unique_ptr<Step> make_top_k_step(DType dtype, const TopK& top_k, Slot from,
                                                    std::optional<Slot> values, std::optional<Slot> places);

}  // namespace onecnn::core
