// SPDX-License-Identifier: Apache-2.0
#include "kernels/matrix_product.h"

#include <algorithm>
#include <concepts>
#include <type_traits>

#include "kernels/float16.h"
#include "kernels/post_ops.h"
#include "kernels/scratch_step.h"
#include "runtime/error.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

/// In what a sum of T is held.
template <typename T>
using Sum = std::conditional_t<std::same_as<T, Float16> || std::same_as<T, BFloat16>, float, T>;

template <typename T>
void multiply_row(const MatrixProduct& product, const T* a, const T* b, Sum<T>* y) {
    std::fill_n(y, product.n, Sum<T>{0});
    for (std::int64_t p = 0; p < product.k; ++p) {
        const auto factor = static_cast<Sum<T>>(a[p * product.a.column]);
        const T* row = b + p * product.b.row;
        if (product.b.column == 1) {
            for (std::int64_t j = 0; j < product.n; ++j) {
                y[j] += factor * static_cast<Sum<T>>(row[j]);
            }
        } else {
            for (std::int64_t j = 0; j < product.n; ++j) {
                y[j] += factor * static_cast<Sum<T>>(row[j * product.b.column]);
            }
        }
    }
}

template <typename T>
void finish_row(const MatrixProduct& product, const T* c, Sum<T>* y) {
    const auto alpha = static_cast<Sum<T>>(product.alpha);
    const auto beta = static_cast<Sum<T>>(product.beta);
    for (std::int64_t j = 0; j < product.n; ++j) {
        y[j] *= alpha;
        if (c != nullptr) {
            y[j] += beta * static_cast<Sum<T>>(c[j * product.c.column]);
        }
    }
    if constexpr (std::is_floating_point_v<Sum<T>>) {
        if (product.activation) {
            std::transform(y, y + product.n, y, [&](Sum<T> x) {
                return static_cast<Sum<T>>(apply(*product.activation, static_cast<double>(x)));
            });
        }
    }
}

template <typename T>
std::unique_ptr<Step> step_of(const MatrixProduct& product, Slot a, Slot b, std::optional<Slot> c, Slot y) {
    constexpr bool summed_apart = !std::same_as<T, Sum<T>>;
    const std::int64_t rows = checked_multiply(element_count(product.batch), product.m);
    const std::int64_t row_work = checked_multiply(2 * product.n, std::max<std::int64_t>(1, product.k));
    const std::int64_t slices = slices_for(rows, row_work);
    ScratchLayout scratch;
    const std::size_t sums = scratch.take<Sum<T>>(summed_apart ? product.n : 0);
    auto body = [=](const Memory& memory, std::int64_t slice, std::byte* buffer) {
        const Range range = slice_range(rows, slices, slice);
        if (range.begin == range.end) {
            return;
        }
        const BroadcastAxis& inner = product.batch.back();
        const auto multiply = [&](std::int64_t first_a, std::int64_t first_b, std::int64_t first, std::int64_t count) {
            const Range piece{std::max(range.begin, first * product.m),
                              std::min(range.end, (first + count) * product.m)};
            for (std::int64_t row = piece.begin; row < piece.end; ++row) {
                const std::int64_t matrix = row / product.m - first;
                const std::int64_t i = row % product.m;
                const T* from_a = memory.at<const T>(a) + (first_a + matrix * inner.a) * product.m * product.k;
                const T* from_b = memory.at<const T>(b) + (first_b + matrix * inner.b) * product.k * product.n;
                T* result = memory.at<T>(y) + row * product.n;
                auto* sum =
                    reinterpret_cast<Sum<T>*>(summed_apart ? buffer + sums : reinterpret_cast<std::byte*>(result));
                multiply_row(product, from_a + i * product.a.row, from_b, sum);
                finish_row(product, c ? memory.at<const T>(*c) + i * product.c.row : nullptr, sum);
                if constexpr (summed_apart) {
                    std::transform(sum, sum + product.n, result, [](Sum<T> x) { return T(x); });
                }
            }
        };
        for_each_piece(product.batch, {range.begin / product.m, (range.end - 1) / product.m + 1}, multiply);
    };
    auto step = std::make_unique<ScratchStep>("matrix_product", slices, scratch.bytes(), std::move(body));
    step->work = checked_multiply(rows, row_work);
    return step;
}

}  // namespace

bool matrix_product_takes(DType dtype) {
    switch (dtype) {
        case DType::int32:
        case DType::uint32:
        case DType::int64:
        case DType::uint64: return true;
        default: return matrix_product_is_floating(dtype);
    }
}

bool matrix_product_is_floating(DType dtype) {
    switch (dtype) {
        case DType::float32:
        case DType::float64:
        case DType::float16:
        case DType::bfloat16: return true;
        default: return false;
    }
}

std::unique_ptr<Step> make_matrix_product_step(DType dtype, const MatrixProduct& product, Slot a, Slot b,
                                               std::optional<Slot> c, Slot y) {
    if (product.activation && !matrix_product_is_floating(dtype)) {
        fail(ErrorCode::internal, "a matrix product of ", name(dtype), " with the activation ",
             product.activation->op_type);
    }
    // Signed integers wrap as unsigned ones do.
    auto step = [&] {
        switch (dtype) {
            case DType::float32: return step_of<float>(product, a, b, c, y);
            case DType::float64: return step_of<double>(product, a, b, c, y);
            case DType::float16: return step_of<Float16>(product, a, b, c, y);
            case DType::bfloat16: return step_of<BFloat16>(product, a, b, c, y);
            case DType::int32:
            case DType::uint32: return step_of<std::uint32_t>(product, a, b, c, y);
            case DType::int64:
            case DType::uint64: return step_of<std::uint64_t>(product, a, b, c, y);
            default: fail(ErrorCode::internal, "matrix product of ", name(dtype));
        }
    }();
    step->reads = {a, b};
    if (c) {
        step->reads.push_back(*c);
    }
    step->writes = {y};
    return step;
}

}  // namespace onecnn::core
