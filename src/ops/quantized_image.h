// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/lower_context.h"

namespace onecnn::core {

/// Lowers a QuantizeLinear of few row-major channels of float32, as images have, to bytes channels last, as convolutions read
/// them. False, with nothing added, where it is another one.
[[nodiscard]] bool lower_quantized_image(LowerContext& context);

}  // namespace onecnn::core
