// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// Regions of images [images, channels, height, width], each pooled to [channels, pooled_height, pooled_width].
struct RoiPooling {
    std::int64_t images;
    std::int64_t channels;
    std::int64_t height;
    std::int64_t width;
    std::int64_t regions;
    std::int64_t pooled_height;
    std::int64_t pooled_width;
    float spatial_scale;
    std::string node;  ///< for messages
};

enum class RoiAlignMode { average, max };

struct RoiAlignment {
    RoiPooling pooling;
    RoiAlignMode mode;
    bool half_pixel;
    std::int64_t sampling_ratio;  ///< 0: as many samples along an axis as a bin has elements
};

/// RoiAlign: `rois` [regions, 4], `images` int64 [regions]. InvalidArgument at run time for an image that there is not.
[[nodiscard]] std::unique_ptr<Step> make_roi_align_step(DType dtype, const RoiAlignment& alignment, Slot src, Slot rois,
                                                        Slot images, Slot dst);

/// MaxRoiPool: `rois` [regions, 5], an image's index first. InvalidArgument at run time for an image that there is not.
[[nodiscard]] std::unique_ptr<Step> make_max_roi_pool_step(DType dtype, const RoiPooling& pooling, Slot src, Slot rois,
                                                           Slot dst);

}  // namespace onecnn::core
