// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kernels/direct_convolution.h"
#include "kernels/step.h"

namespace onecnn::core {

/// What a convolution over two spatial dimensions reads, channels last.
struct ConvolutionInput {
    std::int64_t images;
    std::int64_t channels;  ///< of one group
    ConvolutionDimension height;
    ConvolutionDimension width;
    std::int64_t pixel_stride = 0;  ///< from one pixel to the next, in elements
};

/// Rows of the matrix A whose product with the weights is the convolution: one row a pixel of the result, the elements under
/// its window in order of the kernel's rows, its columns and the channels. They come in lines of pixels.
struct ConvolutionRows {
    const float* a;
    std::int64_t lines;
    std::int64_t pixels;  ///< of a line
    std::int64_t line_stride;
    std::int64_t row_stride;
    std::int64_t run_stride;
};

/// Finds those rows in the input where they lie there, else copies what they need into scratch memory.
class ConvolutionSource {
public:
    /// `tile_rows`: how many rows a micro-kernel takes at a time.
    ConvolutionSource(const ConvolutionInput& input, std::int64_t tile_rows);

    /// By what the work may be cut: pixels of the result, or lines of them.
    [[nodiscard]] std::int64_t items() const { return items_; }
    [[nodiscard]] std::int64_t pixels_per_item() const { return by_pixels_ ? 1 : input_.width.output; }

    /// In how many runs a row of A lies, and how long each is.
    [[nodiscard]] std::int64_t runs() const { return runs_; }
    [[nodiscard]] std::int64_t run_length() const { return run_length_; }

    /// Those runs of a line of the result, or of the pixels that make one, which lie inside the input; others are padding and
    /// add nothing.
    [[nodiscard]] Range runs_inside(std::int64_t item) const;

    /// How many items a slice should have, if there are as many, to be worth what it copies.
    [[nodiscard]] std::int64_t least_items() const { return least_items_; }

    /// What a block takes of scratch memory.
    [[nodiscard]] std::int64_t scratch_floats() const;

    /// How many of these items make the next block.
    [[nodiscard]] std::int64_t block_items(Range items) const;

    /// The rows of A of a block. `src` is the first pixel at the group's first channel.
    [[nodiscard]] ConvolutionRows rows(const float* src, Range block, float* scratch) const;

private:
    enum class Way {
        in_place,  ///< a line of the result reads lines of the input as they lie
        band,      ///< lines of the input are copied with their padding, the group's channels alone
        columns,   ///< each row of A is copied
    };

    [[nodiscard]] Way choose() const;
    [[nodiscard]] std::int64_t band_lines(std::int64_t lines) const;
    void copy_pixels(const float* from, std::int64_t count, float* to) const;
    void copy_band(const float* src, Range lines, float* to) const;
    void copy_column(const float* src, std::int64_t pixel, float* to) const;

    ConvolutionInput input_;
    Way way_;
    bool by_pixels_;
    std::int64_t items_;
    std::int64_t unparted_;  ///< a block has items of one group of as many alone: of a line, or an image
    std::int64_t most_block_;
    std::int64_t least_items_;
    std::int64_t runs_;
    std::int64_t run_length_;
    std::int64_t line_pixels_;  ///< of the input, or of the band
};

}  // namespace onecnn::core
