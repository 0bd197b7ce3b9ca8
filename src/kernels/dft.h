// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

enum class DftKind { forward, inverse, inverse_real };

/// Where lines of samples lie in a tensor, in elements; a complex sample is two elements.
struct DftLines {
    std::int64_t outer;    ///< from one block of lines to the next
    std::int64_t inner;    ///< from a line to the next in its block
    std::int64_t sample;   ///< from a sample to the next
    std::int64_t samples;  ///< that a line has
    std::int64_t parts;    ///< 1: real, 2: complex
};

/// Transforms of many lines. A line that is shorter than `length` is filled up with zeros, one that is longer is cut; of the
/// result the first `to.samples` are stored. inverse_real takes the first half of a spectrum, the rest being its mirror image.
struct Dft {
    DType dtype;  ///< a float
    DftKind kind;
    std::int64_t length;
    std::int64_t lines;
    std::int64_t lines_per_block;
    DftLines from;
    DftLines to;
};

/// `window`, real and of `length` elements, is multiplied to the samples.
[[nodiscard]] std::unique_ptr<Step> make_dft_step(const Dft& dft, Slot from, std::optional<Slot> window, Slot to);

}  // namespace onecnn::core
