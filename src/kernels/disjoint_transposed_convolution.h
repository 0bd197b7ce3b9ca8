// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "graph/graph.h"
#include "kernels/gemm.h"
#include "kernels/place.h"

namespace onecnn::core {

/// A transposed float32 convolution over two dimensions whose strides are its kernel's size: a pixel of the input alone makes a
/// block of the result, so that each row of the kernel is a product of matrices.
struct DisjointTransposedConvolution {
    std::int64_t images;
    std::int64_t rows;     ///< of the input
    std::int64_t columns;  ///< likewise
    std::int64_t channels;
    std::int64_t filters;
    std::int64_t kernel_rows;
    std::int64_t kernel_columns;
    Place src;
    Slot weights;              ///< packed by pack_disjoint_weights
    std::optional<Slot> bias;  ///< repeated for each column of the kernel
    Slot dst;                  ///< dense, channels last
    std::optional<Activation> activation;

    /// The columns of a row's product.
    [[nodiscard]] std::int64_t width() const { return kernel_columns * filters; }
};

/// Packs weights [channels, filters, kernel rows, kernel columns] into panels for each row of the kernel.
void pack_disjoint_weights(const FloatIsa& isa, const DisjointTransposedConvolution& convolution, const float* weights,
                           float* to);

[[nodiscard]] std::unique_ptr<Step> make_disjoint_transposed_convolution_step(
    const FloatIsa& isa, const DisjointTransposedConvolution& convolution);

}  // namespace onecnn::core
