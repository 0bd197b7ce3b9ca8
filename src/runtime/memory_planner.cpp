// SPDX-License-Identifier: Apache-2.0
#include "runtime/memory_planner.h"

#include <algorithm>
#include <numeric>

namespace onecnn::core {

namespace {

struct Placed {
    std::size_t begin;
    std::size_t end;
    const Lifetime* lifetime;
};

bool alive_together(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

}  // namespace

ArenaLayout plan_arena(std::span<const Lifetime> lifetimes) {
    constexpr std::size_t alignment = 64;
    std::vector<std::size_t> order(lifetimes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](auto a, auto b) { return lifetimes[a].bytes > lifetimes[b].bytes; });

    ArenaLayout layout{std::vector<std::size_t>(lifetimes.size()), 0};
    std::vector<Placed> placed;  // by where they begin
    for (const std::size_t index : order) {
        const Lifetime& lifetime = lifetimes[index];
        const std::size_t bytes = (lifetime.bytes + alignment - 1) / alignment * alignment;
        std::size_t offset = 0;
        for (const Placed& other : placed) {
            if (!alive_together(lifetime, *other.lifetime)) {
                continue;
            }
            if (other.begin >= offset + bytes) {
                break;
            }
            offset = std::max(offset, other.end);
        }
        layout.offsets[index] = offset;
        layout.bytes = std::max(layout.bytes, offset + bytes);
        const Placed mine{offset, offset + bytes, &lifetime};
        placed.insert(std::ranges::upper_bound(placed, mine.begin, {}, &Placed::begin), mine);
    }
    return layout;
}

}  // namespace onecnn::core
