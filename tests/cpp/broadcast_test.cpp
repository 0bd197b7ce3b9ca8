// SPDX-License-Identifier: Apache-2.0
#include "kernels/broadcast.h"

#include <boost/test/unit_test.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "kernels/arithmetic.h"
#include "kernels/elementwise.h"

using onecnn::core::broadcast_axes;
using onecnn::core::BroadcastAxis;
using onecnn::core::Memory;
using onecnn::core::Range;
using onecnn::core::Shape;
using onecnn::core::Slot;

namespace {

/// "size:a:b" of each axis.
std::string axes_of(const Shape& a, const Shape& b) {
    std::string text;
    for (const BroadcastAxis& axis : broadcast_axes(a, b)) {
        text += (text.empty() ? "" : " ") + std::to_string(axis.size) + ":" + std::to_string(axis.a) + ":" +
                std::to_string(axis.b);
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(broadcast)

BOOST_AUTO_TEST_CASE(axes_passed_in_one_go_are_joined) {
    BOOST_TEST(axes_of({2, 3, 4}, {2, 3, 4}) == "24:1:1");
    BOOST_TEST(axes_of({2, 3, 4}, {}) == "24:1:0");
    BOOST_TEST(axes_of({1, 1}, {2, 3}) == "6:0:1");
    BOOST_TEST(axes_of({2, 8, 4, 5}, {8, 1, 1}) == "2:160:0 8:20:1 20:1:0");
    BOOST_TEST(axes_of({1, 8, 4, 5}, {8, 1, 1}) == "8:20:1 20:1:0");
    BOOST_TEST(axes_of({2, 4, 5, 8}, {8}) == "40:8:0 8:1:1");
    BOOST_TEST(axes_of({3, 1}, {1, 4}) == "3:1:0 4:0:1");
    BOOST_TEST(axes_of({}, {1, 1}) == "1:1:1");
    BOOST_TEST(axes_of({1}, {0}) == "0:0:1");
}

BOOST_AUTO_TEST_CASE(pieces_cover_a_range_once_and_in_order) {
    const auto axes = broadcast_axes(Shape{3, 1, 5}, Shape{4, 1});
    for (std::int64_t begin = 0; begin <= 60; ++begin) {
        for (std::int64_t end = begin; end <= 60; ++end) {
            std::int64_t next = begin;
            onecnn::core::for_each_piece(axes, Range{begin, end}, [&](auto a, auto b, auto out, auto count) {
                BOOST_TEST_REQUIRE(out == next);
                BOOST_TEST_REQUIRE(count > 0);
                BOOST_TEST_REQUIRE(a == out / 20 * 5 + out % 5);
                BOOST_TEST_REQUIRE(b == out / 5 % 4);
                next += count;
            });
            BOOST_TEST_REQUIRE(next == end);
        }
    }
}

BOOST_AUTO_TEST_CASE(slices_make_up_the_whole_in_any_order) {
    constexpr std::int64_t rows = 700;
    constexpr std::int64_t columns = 301;
    std::vector<std::int64_t> left(rows * columns);
    std::vector<std::int64_t> right(rows);
    std::vector<std::int64_t> out(left.size());
    std::iota(left.begin(), left.end(), 0);
    std::iota(right.begin(), right.end(), 5);
    const std::vector<std::byte*> pointers{reinterpret_cast<std::byte*>(left.data()),
                                           reinterpret_cast<std::byte*>(right.data()),
                                           reinterpret_cast<std::byte*>(out.data())};
    using onecnn::core::DType;
    const auto kernel = onecnn::core::binary_kernel<std::int64_t, std::int64_t, std::int64_t>(onecnn::core::Sub());
    const auto step = onecnn::core::make_broadcast_step("sub",
                                                        {{kernel,
                                                          {},
                                                          broadcast_axes(Shape{rows, columns}, Shape{rows, 1}),
                                                          {Slot{0}, DType::int64},
                                                          {Slot{1}, DType::int64}}},
                                                        {Slot{2}, DType::int64});
    BOOST_TEST_REQUIRE(step->slice_count() > 1);
    for (std::int64_t slice = step->slice_count(); slice-- > 0;) {
        step->run(Memory(pointers.data()), nullptr, slice, nullptr);
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        BOOST_TEST_REQUIRE(out[i] == left[i] - right[i / columns]);
    }
}

BOOST_AUTO_TEST_SUITE_END()
