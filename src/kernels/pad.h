// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "kernels/step.h"
#include "runtime/dtype.h"
#include "runtime/shape.h"

namespace onecnn::core {

/// What a padded element is: a constant, the mirror image without the edge itself, the edge, or the other end.
enum class PadMode { constant, reflect, edge, wrap };

/// Puts `begin[i]` elements before and `end[i]` behind each axis i of a dense tensor, whose shape is given as it lies in memory;
/// negative numbers cut elements off, before the others are added. Pads may be longer than the axis. `value` holds the one
/// element of mode constant; without it that is 0. In the other modes an axis that grows must keep at least one element.
[[nodiscard]] std::unique_ptr<Step> make_pad_step(DType dtype, const Shape& shape, const Shape& begin, const Shape& end,
                                                  PadMode mode, Slot from, std::optional<Slot> value, Slot to);

}  // namespace onecnn::core
