// SPDX-License-Identifier: Apache-2.0
#include "kernels/gemm.h"

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <random>
#include <vector>

namespace onecnn::core {

namespace {

std::vector<float> random_floats(std::int64_t count) {
    static std::mt19937 engine(7);
    std::uniform_real_distribution<float> distribution(-1, 1);
    std::vector<float> floats(static_cast<std::size_t>(count));
    std::ranges::generate(floats, [&] { return distribution(engine); });
    return floats;
}

std::vector<float> packed(const FloatIsa& isa, const std::vector<float>& b, std::int64_t k, std::int64_t n) {
    std::vector<std::int64_t> offsets;
    for (std::int64_t p = 0; p < k; ++p) {
        offsets.push_back(p * n);
    }
    std::vector<float> panels(static_cast<std::size_t>(packed_size(isa, k, n)));
    pack_panels(isa, offsets, n, b.data(), 1, panels.data());
    return panels;
}

boost::test_tools::assertion_result has_kernels(boost::unit_test::test_unit_id /*unit*/) {
    return float_isa() != nullptr;
}

}  // namespace

// Elsewhere oneDNN multiplies.
BOOST_AUTO_TEST_SUITE(gemm, *boost::unit_test::precondition(has_kernels))

BOOST_DATA_TEST_CASE(agrees_with_its_definition, boost::unit_test::data::make({1, 3, 5, 6, 13, 14, 15, 29, 64}), m) {
    const FloatIsa* const isa = float_isa();
    for (const std::int64_t n : {1, 7, 8, 9, 16, 17, 31, 32, 33, 80}) {
        for (const std::int64_t k : {1, 2, 5, 64}) {
            // Rows further apart than they are long: nothing between them may be touched.
            const std::int64_t a_row = k + 3;
            const std::int64_t c_row = n + 5;
            const auto a = random_floats(m * a_row);
            const auto b = random_floats(k * n);
            const auto bias = random_floats(n);
            const auto addend = random_floats(m * n);
            const auto panels = packed(*isa, b, k, n);
            std::vector<float> c(static_cast<std::size_t>(m * c_row), 77);
            multiply(*isa, {m, n, k, a.data(), a_row, panels.data(), c.data(), c_row, bias.data(), addend.data(), n, 0,
                            1.5F});
            for (std::int64_t i = 0; i < m; ++i) {
                for (std::int64_t j = 0; j < c_row; ++j) {
                    const auto at = [](const auto& matrix, std::int64_t index) {
                        return matrix[static_cast<std::size_t>(index)];
                    };
                    float expected = 77;
                    if (j < n) {
                        double sum = static_cast<double>(at(bias, j)) + static_cast<double>(at(addend, i * n + j));
                        for (std::int64_t p = 0; p < k; ++p) {
                            sum += static_cast<double>(at(a, i * a_row + p)) * static_cast<double>(at(b, p * n + j));
                        }
                        expected = static_cast<float>(std::clamp(sum, 0.0, 1.5));
                    }
                    BOOST_REQUIRE_SMALL(at(c, i * c_row + j) - expected, 1e-5F);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(gives_a_row_the_same_bits_whatever_the_others) {
    const FloatIsa* const isa = float_isa();
    constexpr std::int64_t m = 40;
    constexpr std::int64_t n = 24;
    constexpr std::int64_t k = 100;
    const auto a = random_floats(m * k);
    const auto panels = packed(*isa, random_floats(k * n), k, n);
    std::vector<float> together(m * n);
    std::vector<float> alone(m * n);
    multiply(*isa, {m, n, k, a.data(), k, panels.data(), together.data(), n});
    for (std::int64_t i = 0; i < m; ++i) {
        multiply(*isa, {1, n, k, a.data() + i * k, k, panels.data(), alone.data() + i * n, n});
    }
    BOOST_TEST(together == alone);
}

BOOST_AUTO_TEST_CASE(keeps_nan) {
    const FloatIsa* const isa = float_isa();
    const float a = std::numeric_limits<float>::quiet_NaN();
    const auto panels = packed(*isa, {1.0F}, 1, 1);
    float c = 0;
    multiply(*isa, {1, 1, 1, &a, 1, panels.data(), &c, 1, nullptr, nullptr, 0, 0, 6});
    BOOST_TEST(c != c);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace onecnn::core
