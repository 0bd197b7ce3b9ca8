// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "graph/bounds.h"
#include "kernels/place.h"

namespace onecnn::core {

/// y = scale · x + shift + addend of float32, within bounds; scale and shift, both or neither, have an element a channel.
struct AffineChannels {
    std::int64_t pixels;
    std::int64_t channels;
    Place x = {};
    Place y = {};
    std::optional<Slot> scale = {};
    std::optional<Slot> shift = {};
    std::optional<Place> addend = {};
    Bounds bounds = {};
};

/// One pass over the pixels. x and the addend may each be where y is.
[[nodiscard]] std::unique_ptr<Step> make_affine_channels_step(const AffineChannels& affine);

}  // namespace onecnn::core
