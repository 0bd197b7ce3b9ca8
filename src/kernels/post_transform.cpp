// SPDX-License-Identifier: Apache-2.0
#include "kernels/post_transform.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace onecnn::core {

namespace {

float logistic(float x) {
    const float positive = 1 / (1 + std::exp(-std::abs(x)));
    return x < 0 ? 1 - positive : positive;
}

/// The inverse of the normal distribution by Winitzki's approximation of the inverse error function, as ONNX Runtime has it.
float probit(float x) {
    constexpr float a = 0.147F;
    const float y = 2 * x - 1;
    const float log = std::log((1 - y) * (1 + y));
    const float half = 2 / (std::numbers::pi_v<float> * a) + log / 2;
    const float root = std::sqrt(std::sqrt(half * half - log / a) - half);
    return std::numbers::sqrt2_v<float> * std::copysign(root, y);
}

void softmax(std::span<float> scores) {
    const float largest = std::ranges::max(scores);
    std::ranges::transform(scores, scores.begin(), [&](float x) { return std::exp(x - largest); });
    const float sum = std::accumulate(scores.begin(), scores.end(), 0.0F);
    std::ranges::transform(scores, scores.begin(), [&](float x) { return x / sum; });
}

/// A softmax in which zeros stay zeros.
void softmax_zero(std::span<float> scores) {
    constexpr float zero = 1e-7F;
    const float largest = std::ranges::max(scores);
    std::ranges::transform(scores, scores.begin(), [&](float x) {
        return std::abs(x) > zero ? std::exp(x - largest) : x * std::exp(-largest);
    });
    const float sum = std::accumulate(scores.begin(), scores.end(), 0.0F);
    std::ranges::transform(scores, scores.begin(), [&](float x) { return sum == 0 ? 0.5F : x / sum; });
}

}  // namespace

std::optional<PostTransform> find_post_transform(std::string_view name) {
    if (name == "NONE") {
        return PostTransform::none;
    }
    if (name == "LOGISTIC") {
        return PostTransform::logistic;
    }
    if (name == "SOFTMAX") {
        return PostTransform::softmax;
    }
    if (name == "SOFTMAX_ZERO") {
        return PostTransform::softmax_zero;
    }
    if (name == "PROBIT") {
        return PostTransform::probit;
    }
    return std::nullopt;
}

void apply(PostTransform transform, std::span<float> scores) {
    switch (transform) {
        case PostTransform::none: return;
        case PostTransform::logistic: std::ranges::transform(scores, scores.begin(), logistic); return;
        case PostTransform::softmax: softmax(scores); return;
        case PostTransform::softmax_zero: softmax_zero(scores); return;
        case PostTransform::probit: std::ranges::transform(scores, scores.begin(), probit); return;
    }
}

}  // namespace onecnn::core
