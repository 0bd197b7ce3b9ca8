// SPDX-License-Identifier: Apache-2.0
#include "kernels/integer_dot.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <vector>

using namespace onecnn::core;

BOOST_AUTO_TEST_SUITE(integer_dot)

BOOST_AUTO_TEST_CASE(is_the_same_with_and_without_wide_registers) {
    std::mt19937 chance(1);
    std::uniform_int_distribution<int> element(-255, 255);
    for (const std::int64_t rows : {1, 4, 7}) {
        for (const std::int64_t length : {0, 1, 15, 16, 17, 576, 40'000}) {
            std::vector<std::int16_t> a(static_cast<std::size_t>(length));
            std::vector<std::int16_t> b(static_cast<std::size_t>(rows * length));
            const bool extreme = length == 40'000;  // sums pass 2³¹
            for (auto* const operand : {&a, &b}) {
                for (auto& value : *operand) {
                    value = static_cast<std::int16_t>(extreme ? 255 : element(chance));
                }
            }
            std::vector<std::int32_t> fast(static_cast<std::size_t>(rows));
            std::vector<std::int32_t> plain(static_cast<std::size_t>(rows));
            dot_rows(a.data(), b.data(), rows, length, fast.data());
            dot_rows_anywhere(a.data(), b.data(), rows, length, plain.data());
            BOOST_TEST(fast == plain, boost::test_tools::per_element());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
