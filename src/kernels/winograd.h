// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kernels/epilogue.h"
#include "kernels/gemm.h"
#include "kernels/step.h"
#include "kernels/winograd_convolution.h"
#include "kernels/winograd_transform.h"
#include "runtime/shape.h"

namespace onecnn::core {

/// What all slices of a convolution's steps know.
class Winograd {
public:
    Winograd(const FloatIsa& isa, const WinogradConvolution& convolution);

    [[nodiscard]] const WinogradConvolution& convolution() const { return convolution_; }
    [[nodiscard]] std::int64_t planes() const { return (convolution_.tile + 2) * (convolution_.tile + 2); }
    [[nodiscard]] std::int64_t tiles() const { return convolution_.sizes.images * tile_rows_ * tile_columns_; }

    /// Of a tile, in whole vectors.
    [[nodiscard]] std::int64_t channels() const { return channels_; }
    [[nodiscard]] std::int64_t filters() const { return filters_; }

    /// From a plane of `tiles` tiles to the next: planes as far apart as a power of two would share few lines of a cache.
    [[nodiscard]] static std::int64_t stride(std::int64_t tiles, std::int64_t elements) {
        return checked_add(checked_multiply(tiles, elements), 16);
    }

    [[nodiscard]] std::int64_t multiplications() const {
        return planes() * tiles() * convolution_.sizes.channels * filters_;
    }

    void transform_source(const Memory& memory, Range tiles, float* planes, std::int64_t stride) const;
    void transform_result(const Memory& memory, Range tiles, const float* planes, std::int64_t stride) const;
    /// One plane's product for `tiles` tiles and some filters: whole panels.
    void multiply_plane(const Memory& memory, std::int64_t plane, std::int64_t tiles, Range filters,
                        const float* source, float* product) const;

private:
    struct Tile {
        std::int64_t image;
        std::int64_t y;  ///< its place among the image's tiles
        std::int64_t x;
    };

    [[nodiscard]] Tile tile(std::int64_t index) const {
        const std::int64_t row = index / tile_columns_;
        return {row / tile_rows_, row % tile_rows_, index % tile_columns_};
    }

    const FloatIsa& isa_;
    const WinogradTransforms& transforms_;
    WinogradConvolution convolution_;
    Epilogue epilogue_;
    int made_;             ///< pixels along a side that a tile makes
    std::int64_t height_;  ///< of what is made
    std::int64_t width_;
    std::int64_t tile_rows_;
    std::int64_t tile_columns_;
    std::int64_t channels_;
    std::int64_t filters_;
};

}  // namespace onecnn::core
