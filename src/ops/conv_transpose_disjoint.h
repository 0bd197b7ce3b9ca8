// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/lower_context.h"

namespace onecnn::core {

/// Lowers a ConvTranspose of float32 by known weights whose windows neither overlap nor leave gaps; false, with nothing added,
/// for others.
[[nodiscard]] bool lower_disjoint_conv_transpose(LowerContext& context);

}  // namespace onecnn::core
