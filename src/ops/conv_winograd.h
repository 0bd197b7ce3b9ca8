// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/lower_context.h"

namespace onecnn::core {

/// Lowers a Conv of 3 × 3 filters to Winograd's algorithm where that is faster. False, with nothing added, where it is not.
[[nodiscard]] bool lower_winograd_conv(LowerContext& context);

}  // namespace onecnn::core
