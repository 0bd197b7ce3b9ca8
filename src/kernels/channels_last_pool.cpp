// SPDX-License-Identifier: Apache-2.0
#include "kernels/channels_last_pool.h"

#include <algorithm>
#include <limits>

#include "kernels/channel_rows.h"
#include "kernels/pool_taps.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

/// What a slice's unit of work is: a pixel of the result, or some of its channels where the pixels are few and deep.
struct Units {
    std::int64_t channels;  ///< of a block
    std::int64_t blocks;    ///< of a pixel

    explicit Units(const ChannelsLastPool& pool) {
        constexpr std::int64_t fewest = 128;
        const bool few = pool.images * pool.rows.output * pool.columns.output < 16;
        channels = few ? std::min(pool.channels, fewest) : pool.channels;
        blocks = (pool.channels + channels - 1) / channels;
    }
};

void pool_pixel(const ChannelsLastPool& pool, const ChannelRows& kernels, const float* image, const Taps& rows,
                const Taps& columns, std::int64_t channels, float* to) {
    using Fold = ChannelsLastPool::Fold;
    if (rows.count == 0 || columns.count == 0) {
        const float nothing = pool.fold == Fold::max    ? std::numeric_limits<float>::lowest()
                              : pool.fold == Fold::mean ? std::numeric_limits<float>::quiet_NaN()
                                                        : 0.0F;
        std::fill_n(to, channels, nothing);
        return;
    }
    const std::int64_t pixel = pool.src.pixel_stride;
    const std::int64_t row = pool.columns.input * pixel;
    const std::int64_t elements =
        pool.fold == Fold::mean ? rows.count * columns.count : std::max<std::int64_t>(rows.padded * columns.padded, 1);
    const WindowRows window{rows.count,
                            columns.count,
                            channels,
                            image + rows.first * row + columns.first * pixel,
                            row * pool.rows.dilation,
                            pixel * pool.columns.dilation,
                            to,
                            static_cast<float>(elements)};
    pool.fold == Fold::max ? kernels.max(window) : kernels.sum(window);
}

void pool_units(const ChannelsLastPool& pool, const Units& units, const Memory& memory, Range range) {
    const ChannelRows& kernels = channel_rows();
    const std::int64_t width = pool.columns.output;
    const std::int64_t height = pool.rows.output;
    const std::int64_t image_size = pool.rows.input * pool.columns.input * pool.src.pixel_stride;
    for (std::int64_t unit = range.begin; unit < range.end;) {
        const std::int64_t begin = unit % units.blocks * units.channels;
        const std::int64_t channels = std::min(units.channels, pool.channels - begin);
        const std::int64_t pixel = unit / units.blocks;
        const std::int64_t column = pixel % width;
        const std::int64_t line = pixel / width;
        const float* const image = at<const float>(memory, pool.src) + line / height * image_size + begin;
        float* to = at<float>(memory, pool.dst) + pixel * pool.dst.pixel_stride + begin;
        const Taps rows = taps_at(pool.rows, line % height);
        // The rest of a line of whole pixels has the same rows under its windows.
        const std::int64_t count = units.blocks > 1 ? 1 : std::min(width - column, range.end - unit);
        for (std::int64_t i = 0; i < count; ++i) {
            pool_pixel(pool, kernels, image, rows, taps_at(pool.columns, column + i), channels, to);
            to += pool.dst.pixel_stride;
        }
        unit += count;
    }
}

}  // namespace

std::unique_ptr<Step> make_channels_last_pool_step(const ChannelsLastPool& pool) {
    const Units units(pool);
    const auto under = [](const PoolDimension& dimension) { return std::min(dimension.kernel, dimension.input); };
    const std::int64_t unit_work = under(pool.rows) * under(pool.columns) * units.channels;
    const std::int64_t count = pool.images * pool.rows.output * pool.columns.output * units.blocks;
    const std::int64_t slices = slices_for(count, unit_work);
    auto step = std::make_unique<FunctionStep>("channels last", slices, [=](const Memory& memory, std::int64_t slice) {
        pool_units(pool, units, memory, slice_range(count, slices, slice));
    });
    step->reads = {pool.src.slot};
    step->writes = {pool.dst.slot};
    step->work = checked_multiply(count, unit_work);
    return step;
}

}  // namespace onecnn::core
