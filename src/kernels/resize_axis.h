// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace onecnn::core {

/// Where, among an axis's elements, a result along it is sampled: ONNX's coordinate_transformation_mode.
enum class Coordinates {
    half_pixel,
    half_pixel_symmetric,
    pytorch_half_pixel,
    align_corners,
    asymmetric,
    tf_crop_and_resize,
    tf_half_pixel_for_nn,  ///< of opset 11 alone
};

/// One axis and how it is resized. Sizes are > 0 where there is anything to compute.
struct ResizedAxis {
    std::int64_t input;
    std::int64_t output;
    float scale = 1;
    float width = 0;  ///< input · scale before it was rounded to `output`
    Coordinates coordinates = Coordinates::half_pixel;
    float roi_begin = 0;  ///< of tf_crop_and_resize, as a part of the axis
    float roi_end = 1;

    /// Whether every result is the element in its own place.
    [[nodiscard]] bool is_kept() const;

    /// Where a result is sampled. In float, as ONNX Runtime and PyTorch do it: halfway between two elements, and at the borders
    /// between nearest ones, more digits would choose others than they do.
    [[nodiscard]] float coordinate(std::int64_t result) const;

    /// Whether the extrapolation value stands there instead of a sample.
    [[nodiscard]] bool is_extrapolated(float coordinate) const;
};

/// Stands for an element where a result is the extrapolation value.
inline constexpr std::int64_t extrapolated = -1;

enum class NearestMode {
    round_prefer_floor,
    round_prefer_ceil,
    floor,
    ceil,
    up_floor_down_ceil,  ///< of Upsample and Resize before opset 11: floor where the axis grows, else ceil
};

/// The element that each result along an axis is, or `extrapolated`.
[[nodiscard]] std::vector<std::int64_t> nearest_elements(const ResizedAxis& axis, NearestMode mode);

enum class InterpolationFilter { linear, cubic };

struct Interpolation {
    InterpolationFilter filter = InterpolationFilter::linear;
    float cubic_a = -0.75F;
    bool antialias = false;
    bool exclude_outside = false;
};

/// The elements that each result along an axis is a weighted sum of: `count[i]` neighbours from `first[i]` on, all inside the
/// axis, with the weights from `weights[i · most]` on.
struct AxisTaps {
    std::int64_t most = 0;
    std::vector<std::int64_t> first;  ///< or `extrapolated`
    std::vector<std::int64_t> count;
    std::vector<float> weights;
};

/// Elements outside the axis are those at its ends, or count nothing with `exclude_outside`.
[[nodiscard]] AxisTaps interpolation_taps(const ResizedAxis& axis, const Interpolation& interpolation);

}  // namespace onecnn::core
