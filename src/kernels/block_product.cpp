// SPDX-License-Identifier: Apache-2.0
#include "kernels/block_product.h"

#include <algorithm>
#include <array>
#include <oneapi/dnnl/dnnl.hpp>
#include <type_traits>

#include "runtime/error.h"

namespace onecnn::core {

namespace {

/// A row of C from the rows of B.
template <typename T>
void add_rows(const BlockProduct& product, const T* a, const T* b, T* c) {
    for (std::int64_t p = 0; p < product.k; ++p) {
        const T factor = a[p];
        const T* row = b + p * product.b_row;
        for (std::int64_t j = 0; j < product.n; ++j) {
            c[j] += factor * row[j];
        }
    }
}

/// A row of C by inner products with the rows of B: partial sums side by side fill a vector register.
template <typename T>
void add_inner_products(const BlockProduct& product, const T* a, const T* b, T* c) {
    constexpr std::int64_t width = 16;
    const std::int64_t whole = product.k / width * width;
    for (std::int64_t j = 0; j < product.n; ++j) {
        const T* row = b + j * product.b_row;
        std::array<T, width> sums{};
        for (std::int64_t p = 0; p < whole; p += width) {
            for (std::int64_t lane = 0; lane < width; ++lane) {
                sums[static_cast<std::size_t>(lane)] += a[p + lane] * row[p + lane];
            }
        }
        T sum{0};
        for (const T part : sums) {
            sum += part;
        }
        for (std::int64_t p = whole; p < product.k; ++p) {
            sum += a[p] * row[p];
        }
        c[j] += sum;
    }
}

template <typename T>
void multiply_rows(const BlockProduct& product, const T* a, const T* b, T* c) {
    for (std::int64_t i = 0; i < product.m; ++i) {
        T* row = c + i * product.c_row;
        if (!product.accumulate) {
            std::fill_n(row, product.n, T{0});
        }
        if (product.transpose_b) {
            add_inner_products(product, a + i * product.a_row, b, row);
        } else {
            add_rows(product, a + i * product.a_row, b, row);
        }
    }
}

}  // namespace

template <typename T>
void multiply(const BlockProduct& product, const T* a, const T* b, T* c) {
    if constexpr (std::is_same_v<T, float>) {
        if (!product.row_by_row && product.m > 0 && product.k > 0 && product.n > 0) {
            const auto status =
                dnnl::sgemm('N', product.transpose_b ? 'T' : 'N', product.m, product.n, product.k, 1.0F, a,
                            product.a_row, b, product.b_row, product.accumulate ? 1.0F : 0.0F, c, product.c_row);
            if (status != dnnl::status::success) {
                fail(ErrorCode::internal, "oneDNN failed with status ", static_cast<int>(status),
                     " in a product of matrices");
            }
            return;
        }
    }
    multiply_rows(product, a, b, c);
}

template void multiply(const BlockProduct&, const float*, const float*, float*);
template void multiply(const BlockProduct&, const double*, const double*, double*);
template void multiply(const BlockProduct&, const std::uint32_t*, const std::uint32_t*, std::uint32_t*);
template void multiply(const BlockProduct&, const std::uint64_t*, const std::uint64_t*, std::uint64_t*);

}  // namespace onecnn::core
