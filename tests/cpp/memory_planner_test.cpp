// SPDX-License-Identifier: Apache-2.0
#include "runtime/memory_planner.h"

#include <boost/test/unit_test.hpp>
#include <random>

using onecnn::core::ArenaLayout;
using onecnn::core::Lifetime;
using onecnn::core::plan_arena;

BOOST_AUTO_TEST_SUITE(memory_planner)

BOOST_AUTO_TEST_CASE(buffers_of_a_chain_share_two_places) {
    const std::vector<Lifetime> chain{{1024, 0, 1}, {1024, 1, 2}, {1024, 2, 3}, {1024, 3, 4}};
    BOOST_TEST(plan_arena(chain).bytes == 2048U);
}

BOOST_AUTO_TEST_CASE(no_buffers_take_no_memory) { BOOST_TEST(plan_arena({}).bytes == 0U); }

BOOST_AUTO_TEST_CASE(buffers_alive_together_never_overlap_and_are_aligned) {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        std::vector<Lifetime> lifetimes;
        for (std::size_t i = 0; i < 30; ++i) {
            const std::size_t first = random() % 40;
            lifetimes.push_back({random() % 5000, first, first + random() % 10});
        }
        const ArenaLayout layout = plan_arena(lifetimes);
        for (std::size_t a = 0; a < lifetimes.size(); ++a) {
            BOOST_TEST_REQUIRE(layout.offsets[a] % 64 == 0U);
            BOOST_TEST_REQUIRE(layout.offsets[a] + lifetimes[a].bytes <= layout.bytes);
            for (std::size_t b = 0; b < a; ++b) {
                const bool together =
                    lifetimes[a].first <= lifetimes[b].last && lifetimes[b].first <= lifetimes[a].last;
                const bool apart = layout.offsets[a] + lifetimes[a].bytes <= layout.offsets[b] ||
                                   layout.offsets[b] + lifetimes[b].bytes <= layout.offsets[a];
                BOOST_TEST_REQUIRE((!together || apart));
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
