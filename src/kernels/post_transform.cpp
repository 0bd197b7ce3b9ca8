// SPDX-License-Identifier: Apache-2.0
#include "kernels/post_transform.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace onecnn::core {

namespace {

template <typename T>
T logistic(T x) {
    const T positive = 1 / (1 + std::exp(-std::abs(x)));
    return x < 0 ? 1 - positive : positive;
}

/// The inverse of the normal distribution by Winitzki's approximation of the inverse error function, as ONNX Runtime has it.
template <typename T>
T probit(T x) {
    constexpr T a = static_cast<T>(0.147);
    const T y = 2 * x - 1;
    const T log = std::log((1 - y) * (1 + y));
    const T half = 2 / (std::numbers::pi_v<T> * a) + log / 2;
    const T root = std::sqrt(std::sqrt(half * half - log / a) - half);
    return std::numbers::sqrt2_v<T> * std::copysign(root, y);
}

template <typename T>
void softmax(std::span<T> scores) {
    const T largest = std::ranges::max(scores);
    std::ranges::transform(scores, scores.begin(), [&](T x) { return std::exp(x - largest); });
    const T sum = std::accumulate(scores.begin(), scores.end(), T{0});
    std::ranges::transform(scores, scores.begin(), [&](T x) { return x / sum; });
}

/// A softmax in which zeros stay zeros.
template <typename T>
void softmax_zero(std::span<T> scores) {
    constexpr T zero = static_cast<T>(1e-7);
    const T largest = std::ranges::max(scores);
    std::ranges::transform(scores, scores.begin(),
                           [&](T x) { return std::abs(x) > zero ? std::exp(x - largest) : x * std::exp(-largest); });
    const T sum = std::accumulate(scores.begin(), scores.end(), T{0});
    std::ranges::transform(scores, scores.begin(), [&](T x) { return sum == 0 ? static_cast<T>(0.5) : x / sum; });
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

template <typename T>
void apply(PostTransform transform, std::span<T> scores) {
    switch (transform) {
        case PostTransform::none: return;
        case PostTransform::logistic: std::ranges::transform(scores, scores.begin(), logistic<T>); return;
        case PostTransform::softmax: softmax(scores); return;
        case PostTransform::softmax_zero: softmax_zero(scores); return;
        case PostTransform::probit: std::ranges::transform(scores, scores.begin(), probit<T>); return;
    }
}

template void apply(PostTransform transform, std::span<float> scores);
template void apply(PostTransform transform, std::span<double> scores);

}  // namespace onecnn::core
