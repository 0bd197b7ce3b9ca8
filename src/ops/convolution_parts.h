// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/step.h"

namespace onecnn::core {

/// A convolution as far as its cutting goes.
struct ConvolutionExtent {
    std::int64_t images;
    std::int64_t rows;  ///< of the result
    std::int64_t operations;
    bool in_bands;        ///< whether the rows of an image may be parted
    bool image_by_image;  ///< cut each image as if it were alone: what becomes of it does not depend on the others
};

/// Images [begin, end), and of each the result's rows [begin, end).
struct ConvolutionPart {
    Range images;
    Range rows;
};

/// How a convolution is cut: into blocks of images, or where these are few, each image into bands of rows. A part is dense in
/// memory, channels last, which is what oneDNN's fast implementations ask for.
[[nodiscard]] std::vector<ConvolutionPart> cut_convolution(const ConvolutionExtent& extent);

}  // namespace onecnn::core
