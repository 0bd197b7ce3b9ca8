// SPDX-License-Identifier: Apache-2.0
#include "ops/convolution_parts.h"

#include <algorithm>

namespace onecnn::core {

namespace {

std::vector<ConvolutionPart> cut(std::int64_t images, std::int64_t rows, std::int64_t operations) {
    constexpr std::int64_t part_operations = 4'000'000;
    constexpr std::int64_t most_parts = 16;
    constexpr std::int64_t least_rows = 4;
    const std::int64_t wanted = std::clamp<std::int64_t>(operations / part_operations, 1, most_parts);
    std::vector<ConvolutionPart> parts;
    if (images >= wanted) {
        for (std::int64_t i = 0; i < wanted; ++i) {
            parts.push_back({slice_range(images, wanted, i), {0, rows}});
        }
        return parts;
    }
    const std::int64_t bands = std::clamp<std::int64_t>(rows / least_rows, 1, (wanted + images - 1) / images);
    for (std::int64_t image = 0; image < images; ++image) {
        for (std::int64_t band = 0; band < bands; ++band) {
            parts.push_back({{image, image + 1}, slice_range(rows, bands, band)});
        }
    }
    return parts;
}

}  // namespace

std::vector<ConvolutionPart> cut_convolution(const ConvolutionExtent& extent) {
    const std::vector<ConvolutionPart> whole{{{0, extent.images}, {0, extent.rows}}};
    if (!extent.image_by_image) {
        return extent.in_bands ? cut(extent.images, extent.rows, extent.operations) : whole;
    }
    const auto alone = extent.in_bands ? cut(1, extent.rows, extent.operations / extent.images)
                                       : std::vector<ConvolutionPart>{{{0, 1}, {0, extent.rows}}};
    std::vector<ConvolutionPart> parts;
    for (std::int64_t image = 0; image < extent.images; ++image) {
        for (const ConvolutionPart& part : alone) {
            parts.push_back({{image, image + 1}, part.rows});
        }
    }
    return parts;
}

}  // namespace onecnn::core
