// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "kernels/place.h"

namespace onecnn::core {

/// y = x · gate of float32, where the gate has an element for each channel of each image, or of all images alike.
struct GatedChannels {
    std::int64_t images;
    std::int64_t pixels;  ///< of an image
    std::int64_t channels;
    Place x;
    Place y;
    Slot gate;
    bool of_all;  ///< the gate is one for all images
};

[[nodiscard]] std::unique_ptr<Step> make_gated_channels_step(const GatedChannels& gated);

}  // namespace onecnn::core
