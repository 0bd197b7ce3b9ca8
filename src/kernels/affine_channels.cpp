// SPDX-License-Identifier: Apache-2.0
#include "kernels/affine_channels.h"

#include <algorithm>

#include "kernels/channel_rows.h"

namespace onecnn::core {

namespace {

/// Dense operands without parameters as one long row, so that the channels' number does not matter.
AffineChannels in_one_row(AffineChannels affine) {
    const auto dense = [&](const Place& place) { return place.pixel_stride == affine.channels; };
    if (!affine.scale && dense(affine.x) && dense(affine.y) && (!affine.addend || dense(*affine.addend))) {
        affine.channels *= affine.pixels;
        affine.pixels = 1;
    }
    return affine;
}

/// What a slice does: some pixels, or of one pixel some channels.
struct Part {
    Range pixels;
    Range channels;
};

void run(const AffineChannels& affine, const Memory& memory, const Part& part) {
    const auto begin = [&](const Place& place) {
        return at<float>(memory, place) + part.pixels.begin * place.pixel_stride + part.channels.begin;
    };
    const auto parameter = [&](const std::optional<Slot>& slot) {
        return slot ? memory.at<const float>(*slot) + part.channels.begin : nullptr;
    };
    channel_rows().affine({.rows = part.pixels.end - part.pixels.begin,
                           .channels = part.channels.end - part.channels.begin,
                           .x = begin(affine.x),
                           .x_row = affine.x.pixel_stride,
                           .y = begin(affine.y),
                           .y_row = affine.y.pixel_stride,
                           .scale = parameter(affine.scale),
                           .shift = parameter(affine.shift),
                           .addend = affine.addend ? begin(*affine.addend) : nullptr,
                           .addend_row = affine.addend ? affine.addend->pixel_stride : 0,
                           .low = affine.bounds.low,
                           .high = affine.bounds.high});
}

}  // namespace

std::unique_ptr<Step> make_affine_channels_step(const AffineChannels& given) {
    const AffineChannels affine = in_one_row(given);
    const bool one_pixel = affine.pixels == 1;
    const std::int64_t items = one_pixel ? affine.channels : affine.pixels;
    const std::int64_t operands = affine.addend ? 3 : 2;
    const std::int64_t item_bytes = (one_pixel ? 1 : affine.channels) * operands * std::int64_t{sizeof(float)};
    const std::int64_t slices = slices_for(items, item_bytes);
    auto step = std::make_unique<FunctionStep>("affine", slices, [=](const Memory& memory, std::int64_t slice) {
        const Range range = slice_range(items, slices, slice);
        run(affine, memory, one_pixel ? Part{{0, 1}, range} : Part{range, {0, affine.channels}});
    });
    step->reads = {affine.x.slot};
    for (const auto& parameter : {affine.scale, affine.shift}) {
        if (parameter) {
            step->reads.push_back(*parameter);
        }
    }
    if (affine.addend) {
        step->reads.push_back(affine.addend->slot);
    }
    step->writes = {affine.y.slot};
    step->work = items * item_bytes;
    return step;
}

}  // namespace onecnn::core
