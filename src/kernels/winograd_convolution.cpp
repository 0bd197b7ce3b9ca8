// SPDX-License-Identifier: Apache-2.0
#include "kernels/winograd_convolution.h"

#include <algorithm>
#include <utility>

#include "kernels/scratch_step.h"
#include "kernels/winograd.h"

namespace onecnn::core {

namespace {

constexpr std::int64_t float_bytes = sizeof(float);

std::unique_ptr<Step> make_step_by_tiles(const Winograd& winograd, std::int64_t slices) {
    const std::int64_t most = (winograd.tiles() + slices - 1) / slices;
    const std::int64_t source_stride = Winograd::stride(most, winograd.channels());
    const std::int64_t product_stride = Winograd::stride(most, winograd.filters());
    ScratchLayout layout;
    const std::size_t source_place = layout.take<float>(checked_multiply(winograd.planes(), source_stride));
    const std::size_t product_place = layout.take<float>(checked_multiply(winograd.planes(), product_stride));
    const auto run = [=](const Memory& memory, std::int64_t slice, std::byte* scratch) {
        auto* const source = reinterpret_cast<float*>(scratch + source_place);
        auto* const product = reinterpret_cast<float*>(scratch + product_place);
        const Range tiles = slice_range(winograd.tiles(), slices, slice);
        winograd.transform_source(memory, tiles, source, source_stride);
        for (std::int64_t plane = 0; plane < winograd.planes(); ++plane) {
            winograd.multiply_plane(memory, plane, tiles.end - tiles.begin, {0, winograd.filters()},
                                    source + plane * source_stride, product + plane * product_stride);
        }
        winograd.transform_result(memory, tiles, product, product_stride);
    };
    auto step = std::make_unique<ScratchStep>("winograd", slices, layout.bytes(), run);
    winograd.convolution().operands.connect(*step);
    step->work = 2 * winograd.multiplications();
    return step;
}

/// The product's slices: planes, each cut into blocks of panels where it is large.
std::unique_ptr<Step> make_product_step(const Winograd& winograd, const FloatIsa& isa, Slot source, Slot product) {
    constexpr std::int64_t block_multiplications = 2'000'000;
    constexpr std::int64_t least_multiplications = 250'000;
    const std::int64_t panels = (winograd.filters() + isa.columns - 1) / isa.columns;
    const std::int64_t per_plane = winograd.multiplications() / winograd.planes();
    const std::int64_t blocks =
        std::clamp<std::int64_t>(per_plane / block_multiplications, 1, std::min<std::int64_t>(panels, 4));
    const std::int64_t units = winograd.planes() * blocks;
    const std::int64_t slices = std::clamp<std::int64_t>(winograd.multiplications() / least_multiplications, 1, units);
    const std::int64_t source_stride = Winograd::stride(winograd.tiles(), winograd.channels());
    const std::int64_t product_stride = Winograd::stride(winograd.tiles(), winograd.filters());
    auto step = std::make_unique<FunctionStep>(
        "winograd: product", slices, [=, columns = isa.columns](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(units, slices, slice);
            for (std::int64_t unit = range.begin; unit < range.end; ++unit) {
                const std::int64_t plane = unit / blocks;
                const Range block = slice_range(panels, blocks, unit % blocks);
                winograd.multiply_plane(memory, plane, winograd.tiles(),
                                        {block.begin * columns, std::min(block.end * columns, winograd.filters())},
                                        memory.at<const float>(source) + plane * source_stride,
                                        memory.at<float>(product) + plane * product_stride);
            }
        });
    step->reads = {source, winograd.convolution().operands.weights};
    step->writes = {product};
    step->work = 2 * winograd.multiplications();
    return step;
}

std::vector<std::unique_ptr<Step>> make_steps_by_planes(const Winograd& winograd, const FloatIsa& isa,
                                                        const std::function<Slot(std::size_t)>& temporary) {
    constexpr std::int64_t operations = 8;  // of the transforms, for an element of a plane
    const ConvolutionOperands& operands = winograd.convolution().operands;
    const std::int64_t tiles = winograd.tiles();
    const std::int64_t source_stride = Winograd::stride(tiles, winograd.channels());
    const std::int64_t product_stride = Winograd::stride(tiles, winograd.filters());
    const auto new_slot = [&](std::int64_t stride) {
        return temporary(static_cast<std::size_t>(checked_multiply(winograd.planes() * float_bytes, stride)));
    };
    const Slot source = new_slot(source_stride);
    const Slot product = new_slot(product_stride);

    const std::int64_t source_work = winograd.planes() * winograd.channels() * operations;
    const std::int64_t source_slices = slices_for(tiles, source_work);
    auto transform_source = std::make_unique<FunctionStep>(
        "winograd: source", source_slices, [=](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(tiles, source_slices, slice);
            winograd.transform_source(memory, range, memory.at<float>(source) + range.begin * winograd.channels(),
                                      source_stride);
        });
    transform_source->reads = {operands.src.slot};
    transform_source->writes = {source};
    transform_source->work = tiles * source_work;

    const std::int64_t result_work = winograd.planes() * winograd.filters() * operations;
    const std::int64_t result_slices = slices_for(tiles, result_work);
    auto transform_result = std::make_unique<FunctionStep>(
        "winograd: result", result_slices, [=](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(tiles, result_slices, slice);
            winograd.transform_result(memory, range, memory.at<const float>(product) + range.begin * winograd.filters(),
                                      product_stride);
        });
    transform_result->reads = operands.terms();
    transform_result->reads.push_back(product);
    transform_result->writes = {operands.dst.slot};
    transform_result->work = tiles * result_work;

    std::vector<std::unique_ptr<Step>> steps;
    steps.push_back(std::move(transform_source));
    steps.push_back(make_product_step(winograd, isa, source, product));
    steps.push_back(std::move(transform_result));
    return steps;
}

/// Into how many slices of tiles a convolution goes; 0 where its planes are better multiplied one by one.
std::int64_t slices_of_tiles(const Winograd& winograd, const FloatIsa& isa) {
    constexpr std::int64_t cache_bytes = std::int64_t{1} << 20;    // of a core's second level, for a slice's planes
    constexpr std::int64_t most_passing = std::int64_t{24} << 20;  // between steps
    constexpr std::int64_t least_slices = 4;
    const std::int64_t rows = isa.rows[1];
    const std::int64_t tile_bytes = winograd.planes() * (winograd.channels() + winograd.filters()) * float_bytes;
    const std::int64_t weights_bytes = winograd.planes() * winograd.channels() * winograd.filters() * float_bytes;
    // Weights that do not stay in the cache are read again by each slice, which must have work to make up for it.
    const bool resident = weights_bytes <= cache_bytes;
    const std::int64_t fitting = std::max(cache_bytes / tile_bytes, resident ? rows : 4 * rows);
    const std::int64_t slices = (winograd.tiles() + fitting - 1) / fitting;
    const bool by_planes = slices < least_slices || !resident;
    if (by_planes && winograd.tiles() <= most_passing / tile_bytes) {
        return 0;
    }
    return slices + slices % 2;
}

}  // namespace

std::vector<std::unique_ptr<Step>> make_winograd_steps(const FloatIsa& isa, const WinogradConvolution& convolution,
                                                       const std::function<Slot(std::size_t bytes)>& temporary) {
    const Winograd winograd(isa, convolution);
    const std::int64_t slices = slices_of_tiles(winograd, isa);
    if (slices == 0) {
        return make_steps_by_planes(winograd, isa, temporary);
    }
    std::vector<std::unique_ptr<Step>> steps;
    steps.push_back(make_step_by_tiles(winograd, slices));
    return steps;
}

}  // namespace onecnn::core
