// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ops/lower_context.h"

namespace onecnn::core {

/// Lowers a Conv of 3 × 3 filters to Winograd's algorithm: with tiles of that size, 2 or 4, or where it is not given, only where it
/// is estimated to be faster. False, with nothing added, where it does not.
[[nodiscard]] bool lower_winograd_conv(LowerContext& context, std::optional<int> tile = std::nullopt);

}  // namespace onecnn::core
