// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "kernels/place.h"
#include "kernels/pool.h"

namespace onecnn::core {

/// Pooling of float32 over rows and columns, from one place to another.
struct ChannelsLastPool {
    enum class Fold { max, mean, mean_with_padding };

    Fold fold;
    std::int64_t images;
    std::int64_t channels;
    PoolDimension rows;
    PoolDimension columns;
    Place src;
    Place dst;
};

/// As make_max_pool_step and make_average_pool_step pool.
[[nodiscard]] std::unique_ptr<Step> make_channels_last_pool_step(const ChannelsLastPool& pool);

}  // namespace onecnn::core
