// SPDX-License-Identifier: Apache-2.0
// What a step keeps does not grow with the tensors: their size is limited, what plans keep is not.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

#include "allocations.h"
#include "kernels/matrix_product.h"
#include "kernels/pad.h"
#include "runtime/error.h"

using onecnn::core::DType;
using onecnn::core::MatrixProduct;
using onecnn::core::Memory;
using onecnn::core::PadMode;
using onecnn::core::Shape;
using onecnn::core::Slot;
using onecnn::core::Step;
using onecnn::testing::allocated_bytes;

namespace {

constexpr std::int64_t few_bytes = 4096;

template <typename T>
std::byte* bytes_of(std::vector<T>& values) {
    return reinterpret_cast<std::byte*>(values.data());
}

void run(const Step& step, const std::vector<std::byte*>& slots) {
    for (std::int64_t slice = 0; slice < step.slice_count(); ++slice) {
        step.run(Memory(slots.data()), nullptr, slice, nullptr);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(step_memory)

BOOST_AUTO_TEST_CASE(a_pad_keeps_a_few_numbers_an_axis) {
    constexpr std::int64_t pad = 1 << 20;
    for (const PadMode mode : {PadMode::constant, PadMode::reflect, PadMode::edge, PadMode::wrap}) {
        const std::int64_t before = allocated_bytes;
        const auto row =
            onecnn::core::make_pad_step(DType::uint8, {3}, {pad}, {pad}, mode, Slot{0}, std::nullopt, Slot{1});
        const auto column =
            onecnn::core::make_pad_step(DType::uint8, {3, 1}, {pad, 1}, {pad, 0}, mode, Slot{0}, std::nullopt, Slot{1});
        BOOST_TEST(allocated_bytes - before < few_bytes);

        std::vector<std::uint8_t> x{1, 2, 3};
        std::vector<std::uint8_t> y(2 * pad + 3);
        run(*row, {bytes_of(x), bytes_of(y)});
        BOOST_TEST(y[pad] == 1);
        BOOST_TEST(y[pad + 2] == 3);
        BOOST_TEST(y.back() == (mode == PadMode::constant ? 0
                                : mode == PadMode::edge   ? 3
                                : mode == PadMode::wrap   ? 1
                                                          : 3));
    }
}

BOOST_AUTO_TEST_CASE(a_stack_of_products_keeps_no_list_of_them) {
    constexpr std::int64_t rows = 1 << 10;
    constexpr std::int64_t columns = 1 << 10;
    const std::int64_t before = allocated_bytes;
    const auto step = onecnn::core::make_matrix_product_step(
        DType::int32,
        {.m = 1,
         .k = 1,
         .n = 1,
         .a = {1, 1},
         .b = {1, 1},
         .batch = onecnn::core::broadcast_axes(Shape{rows, columns}, Shape{rows, 1})},
        Slot{0}, Slot{1}, std::nullopt, Slot{2});
    BOOST_TEST(allocated_bytes - before < few_bytes);

    std::vector<std::int32_t> a(rows * columns);
    std::vector<std::int32_t> b(rows);
    std::vector<std::int32_t> y(a.size());
    std::iota(a.begin(), a.end(), -7);
    std::iota(b.begin(), b.end(), 3);
    run(*step, {bytes_of(a), bytes_of(b), bytes_of(y)});
    BOOST_TEST(y.front() == -21);
    BOOST_TEST(y[5 * columns + 9] == (5 * columns + 2) * 8);
}

BOOST_AUTO_TEST_CASE(a_product_of_integers_refuses_an_activation) {
    const MatrixProduct product{.m = 1, .k = 1, .n = 1, .a = {1, 1}, .b = {1, 1}, .activation = {{"Relu"}}};
    const auto make = [&](DType dtype) {
        return onecnn::core::make_matrix_product_step(dtype, product, Slot{0}, Slot{1}, std::nullopt, Slot{2});
    };
    BOOST_TEST(make(DType::float64) != nullptr);
    BOOST_CHECK_EXCEPTION((void)make(DType::int32), onecnn::core::Error, [](const onecnn::core::Error& error) {
        return error.code() == onecnn::core::ErrorCode::internal;
    });
}

BOOST_AUTO_TEST_SUITE_END()
