// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <optional>

#include "graph/graph.h"

namespace onecnn::core {

/// What an activation that only bounds its element bounds it by.
struct Bounds {
    float low = -std::numeric_limits<float>::infinity();
    float high = std::numeric_limits<float>::infinity();
};

/// The bounds that an activation is, none being unbounded; nothing for one that is more.
[[nodiscard]] std::optional<Bounds> as_bounds(const std::optional<Activation>& activation);

}  // namespace onecnn::core
