// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernels/int8_weights.h"
#include "kernels/place.h"
#include "kernels/step.h"

namespace onecnn::core {

/// What every sum of a product becomes; see Requantization.
struct Int8Results {
    std::vector<std::int32_t> bias;  ///< by column
    std::vector<float> scale;        ///< by column
    Requantization rule;             ///< without its arrays
};

/// A convolution of bytes, channels last, over two spatial dimensions. A product of matrices is one of a pixel a row.
struct Int8Convolution {
    std::int64_t images;
    std::int64_t groups;
    std::int64_t group_channels;
    std::int64_t group_filters;
    std::array<std::int64_t, 2> source;  ///< height and width
    std::array<std::int64_t, 2> result;
    std::array<std::int64_t, 2> kernel;
    std::array<std::int64_t, 2> strides;
    std::array<std::int64_t, 2> dilations;
    std::array<std::int64_t, 2> pads_begin;
    std::uint8_t source_flip = 0;  ///< 0x80 where the source is int8, and so read as uint8
    std::uint8_t source_zero = 0;  ///< what padding holds, the flip done
    bool has_addend = false;

    [[nodiscard]] std::int64_t taps() const { return kernel[0] * kernel[1]; }
    /// Whether every group has one channel and one filter.
    [[nodiscard]] bool depthwise() const { return groups > 1 && group_channels == 1 && group_filters == 1; }
};

/// Where a convolution reads and writes.
struct Int8Memory {
    Place source;
    Slot weights;  ///< packed
    std::optional<Place> addend;
    Place result;
};

/// The matrix of each group, of weights [filters, group_channels, kernel...] less their zero points.
[[nodiscard]] Int8Matrices int8_filters(const Int8Convolution& convolution, std::span<const std::int8_t> weights);

/// The step of a convolution by the panels of these matrices. `results` has the columns of all groups.
[[nodiscard]] std::unique_ptr<Step> make_int8_convolution_step(const Int8Convolution& convolution,
                                                               const Int8Panels& panels, Int8Results results,
                                                               const Int8Memory& memory);

/// The same for a depthwise convolution, whose weights are packed by pack_int8_depthwise.
[[nodiscard]] std::unique_ptr<Step> make_int8_depthwise_step(const Int8Convolution& convolution, Int8Results results,
                                                             const Int8Memory& memory);
/// How its weights are packed, and into how many bytes.
[[nodiscard]] std::string int8_depthwise_form(const Int8Convolution& convolution);
[[nodiscard]] std::size_t packed_int8_depthwise_bytes(const Int8Convolution& convolution);
void pack_int8_depthwise(const Int8Convolution& convolution, std::span<const std::int8_t> weights, std::byte* to);

}  // namespace onecnn::core
