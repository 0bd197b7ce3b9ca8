// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/lower_context.h"

namespace onecnn::core {

/// Lowers a float32 Conv over one or two spatial dimensions that has a filter of its own for each channel, a constant one, to
/// our kernel. False, with nothing added, where it is none.
[[nodiscard]] bool lower_depthwise_conv(LowerContext& context);

}  // namespace onecnn::core
