// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "kernels/int8_tile.h"
#include "kernels/place.h"
#include "kernels/step.h"

namespace onecnn::core {

/// An average of bytes, channels last, over windows in two spatial dimensions.
struct Int8AveragePool {
    std::int64_t images;
    std::int64_t channels;
    std::array<std::int64_t, 2> source;
    std::array<std::int64_t, 2> result;
    std::array<std::int64_t, 2> kernel;
    std::array<std::int64_t, 2> strides;
    std::array<std::int64_t, 2> dilations;
    std::array<std::int64_t, 2> pads_begin;
    std::array<std::int64_t, 2> pads_end;
    bool counts_padding;       ///< whether padding counts as zeros, which are zero points
    std::uint8_t source_flip;  ///< 0x80 where the source is int8, and so read as uint8
    std::int32_t source_zero;
    float scale;  ///< of the source, in those of the result
    Requantization rule;
};

[[nodiscard]] std::unique_ptr<Step> make_int8_average_pool_step(const Int8AveragePool& pool, const Place& source,
                                                                const Place& result);

}  // namespace onecnn::core
