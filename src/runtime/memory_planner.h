// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace onecnn::core {

/// A buffer that must exist from its first to its last step, both included.
struct Lifetime {
    std::size_t bytes;
    std::size_t first;
    std::size_t last;
};

/// Where each buffer lies in one arena.
struct ArenaLayout {
    std::vector<std::size_t> offsets;  ///< in the order of the lifetimes; multiples of 64
    std::size_t bytes = 0;
};

/// Places buffers so that those alive at the same time do not overlap: largest first, each at the lowest offset that is free
/// (greedy by size, as in Pisarchyk & Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020).
[[nodiscard]] ArenaLayout plan_arena(std::span<const Lifetime> lifetimes);

}  // namespace onecnn::core
