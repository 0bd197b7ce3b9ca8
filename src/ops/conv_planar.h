// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/lower_context.h"

namespace onecnn::core {

/// Lowers a Conv of few channels that lie row-major, as a network's first does, to our kernel. False, with nothing added, where
/// it is none.
[[nodiscard]] bool lower_planar_conv(LowerContext& context);

}  // namespace onecnn::core
