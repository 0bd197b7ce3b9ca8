// SPDX-License-Identifier: Apache-2.0
#include "kernels/resize_axis.h"

#include <algorithm>
#include <cmath>

namespace onecnn::core {

bool ResizedAxis::is_kept() const {
    const bool whole = coordinates != Coordinates::tf_crop_and_resize || (roi_begin == 0 && roi_end == 1);
    return input == output && scale == 1 && whole && coordinates != Coordinates::tf_half_pixel_for_nn;
}

float ResizedAxis::coordinate(std::int64_t result) const {
    const auto x = static_cast<float>(result);
    const auto size = static_cast<float>(input);
    switch (coordinates) {
        case Coordinates::half_pixel: break;
        case Coordinates::half_pixel_symmetric: {
            const float adjustment = static_cast<float>(output) / width;
            return size / 2 * (1 - adjustment) + (x + 0.5F) / scale - 0.5F;
        }
        case Coordinates::pytorch_half_pixel:
            if (output == 1) {
                return 0;
            }
            break;
        case Coordinates::align_corners: return width == 1 ? 0 : x * (size - 1) / (width - 1);
        case Coordinates::asymmetric: return x / scale;
        case Coordinates::tf_crop_and_resize:
            return width > 1 ? roi_begin * (size - 1) + x * (roi_end - roi_begin) * (size - 1) / (width - 1)
                             : 0.5F * (roi_begin + roi_end) * (size - 1);
        case Coordinates::tf_half_pixel_for_nn: return (x + 0.5F) / scale;
    }
    return (x + 0.5F) / scale - 0.5F;
}

bool ResizedAxis::is_extrapolated(float coordinate) const {
    // Written so that NaN, from a region of interest that is none, lies outside.
    return coordinates == Coordinates::tf_crop_and_resize &&
           !(coordinate >= 0 && coordinate <= static_cast<float>(input - 1));
}

namespace {

float round_to_element(float coordinate, NearestMode mode, bool grows) {
    switch (mode) {
        case NearestMode::round_prefer_floor: return std::ceil(coordinate - 0.5F);
        case NearestMode::round_prefer_ceil: return std::round(coordinate);
        case NearestMode::floor: return std::floor(coordinate);
        case NearestMode::ceil: return std::ceil(coordinate);
        case NearestMode::up_floor_down_ceil: break;
    }
    return grows ? std::floor(coordinate) : std::ceil(coordinate);
}

/// The filter's weight at a distance, in elements.
float weight_at(float distance, const Interpolation& interpolation) {
    const float x = std::abs(distance);
    if (interpolation.filter == InterpolationFilter::linear) {
        return std::max(1 - x, 0.0F);
    }
    const float a = interpolation.cubic_a;
    if (x <= 1) {
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/// Which elements a result may depend on, those outside the axis among them.
struct SampleWindow {
    float squeeze;      ///< antialiasing widens the filter until it covers every element that the results lie apart
    float reach;        ///< of the filter, in elements
    std::int64_t size;  ///< elements that it reaches at most

    SampleWindow(const ResizedAxis& axis, const Interpolation& interpolation)
        : squeeze(interpolation.antialias ? std::min(axis.scale, 1.0F) : 1),
          reach((interpolation.filter == InterpolationFilter::linear ? 1.0F : 2.0F) / squeeze),
          size(static_cast<std::int64_t>(std::ceil(2 * reach))) {}

    [[nodiscard]] std::int64_t start(float coordinate) const {
        return static_cast<std::int64_t>(std::floor(coordinate - reach)) + 1;
    }
};

/// The weights of the elements from window.start(coordinate) on.
void weigh(const ResizedAxis& axis, const Interpolation& interpolation, const SampleWindow& window, float coordinate,
           std::vector<float>& weights) {
    float sum = 0;
    std::int64_t element = window.start(coordinate);
    for (float& weight : weights) {
        const bool excluded = interpolation.exclude_outside && (element < 0 || element >= axis.input);
        const float distance = (static_cast<float>(element) - coordinate) * window.squeeze;
        weight = excluded ? 0 : weight_at(distance, interpolation);
        sum += weight;
        ++element;
    }
    if (sum != 0 && (interpolation.antialias || interpolation.exclude_outside)) {
        std::ranges::transform(weights, weights.begin(), [sum](float weight) { return weight / sum; });
    }
}

}  // namespace

std::vector<std::int64_t> nearest_elements(const ResizedAxis& axis, NearestMode mode) {
    std::vector<std::int64_t> elements;
    elements.reserve(static_cast<std::size_t>(axis.output));
    for (std::int64_t i = 0; i < axis.output; ++i) {
        const float x = axis.coordinate(i);
        const auto element = static_cast<std::int64_t>(round_to_element(x, mode, axis.scale >= 1));
        elements.push_back(axis.is_extrapolated(x) ? extrapolated
                                                   : std::clamp<std::int64_t>(element, 0, axis.input - 1));
    }
    return elements;
}

AxisTaps interpolation_taps(const ResizedAxis& axis, const Interpolation& interpolation) {
    const SampleWindow window(axis, interpolation);
    AxisTaps taps;
    taps.most = std::min(window.size, axis.input);
    const auto outputs = static_cast<std::size_t>(axis.output);
    taps.first.assign(outputs, extrapolated);
    taps.count.assign(outputs, 0);
    taps.weights.assign(outputs * static_cast<std::size_t>(taps.most), 0);
    std::vector<float> weights(static_cast<std::size_t>(window.size));
    for (std::size_t i = 0; i < outputs; ++i) {
        const float x = axis.coordinate(static_cast<std::int64_t>(i));
        if (axis.is_extrapolated(x)) {
            continue;
        }
        weigh(axis, interpolation, window, x, weights);
        std::int64_t element = window.start(x);
        const std::int64_t first = std::clamp<std::int64_t>(element, 0, axis.input - 1);
        const std::int64_t last = std::clamp<std::int64_t>(element + window.size - 1, 0, axis.input - 1);
        const std::size_t row = i * static_cast<std::size_t>(taps.most);
        for (const float weight : weights) {
            taps.weights[row + static_cast<std::size_t>(std::clamp(element, first, last) - first)] += weight;
            ++element;
        }
        taps.first[i] = first;
        taps.count[i] = last - first + 1;
    }
    return taps;
}

}  // namespace onecnn::core
