// SPDX-License-Identifier: Apache-2.0
#include "kernels/gated_channels.h"

#include <algorithm>

#include "kernels/channel_rows.h"
#include "kernels/gemm_tile.h"

namespace onecnn::core {

std::unique_ptr<Step> make_gated_channels_step(const GatedChannels& gated) {
    const std::int64_t items = gated.images * gated.pixels;
    const std::int64_t item_bytes = gated.channels * 2 * std::int64_t{sizeof(float)};
    const std::int64_t slices = slices_for(items, item_bytes);
    auto step = std::make_unique<FunctionStep>("gate", slices, [=](const Memory& memory, std::int64_t slice) {
        const Range range = slice_range(items, slices, slice);
        for (std::int64_t pixel = range.begin; pixel < range.end;) {
            const std::int64_t image = pixel / gated.pixels;
            const std::int64_t end = std::min(range.end, (image + 1) * gated.pixels);
            channel_rows().affine(
                {.rows = end - pixel,
                 .channels = gated.channels,
                 .x = at<const float>(memory, gated.x) + pixel * gated.x.pixel_stride,
                 .x_row = gated.x.pixel_stride,
                 .y = at<float>(memory, gated.y) + pixel * gated.y.pixel_stride,
                 .y_row = gated.y.pixel_stride,
                 .scale = memory.at<const float>(gated.gate) + (gated.of_all ? 0 : image * gated.channels),
                 .shift = nullptr,
                 .addend = nullptr,
                 .addend_row = 0,
                 .low = -unbounded,
                 .high = unbounded});
            pixel = end;
        }
    });
    step->reads = {gated.x.slot, gated.gate};
    step->writes = {gated.y.slot};
    step->work = items * item_bytes;
    return step;
}

}  // namespace onecnn::core
