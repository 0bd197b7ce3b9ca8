// SPDX-License-Identifier: Apache-2.0
#include "kernels/svm_kernel.h"

#include <array>
#include <cmath>

namespace onecnn::core {

SvmKernel::SvmKernel(const SvmFunction& function, std::span<const float> vectors, std::int64_t count)
    : function_(function),
      features_(static_cast<std::int64_t>(vectors.size()) / count),
      blocks_((count + block - 1) / block),
      vectors_(static_cast<std::size_t>(blocks_ * features_ * block)) {
    for (std::int64_t vector = 0; vector < count; ++vector) {
        for (std::int64_t feature = 0; feature < features_; ++feature) {
            const std::int64_t place = (vector / block * features_ + feature) * block + vector % block;
            vectors_[static_cast<std::size_t>(place)] = vectors[static_cast<std::size_t>(vector * features_ + feature)];
        }
    }
}

namespace {

template <std::size_t block>
std::array<float, block> products(const float* x, const float* vectors, std::int64_t features) {
    std::array<float, block> sums{};
    for (std::int64_t feature = 0; feature < features; ++feature) {
        const float* column = vectors + feature * static_cast<std::int64_t>(block);
        for (std::size_t i = 0; i < block; ++i) {
            sums[i] += x[feature] * column[i];
        }
    }
    return sums;
}

/// Differences squared: |x|² + |s|² − 2 x·s would cancel where both are long.
template <std::size_t block>
std::array<float, block> distances(const float* x, const float* vectors, std::int64_t features) {
    std::array<float, block> sums{};
    for (std::int64_t feature = 0; feature < features; ++feature) {
        const float* column = vectors + feature * static_cast<std::int64_t>(block);
        for (std::size_t i = 0; i < block; ++i) {
            const float difference = x[feature] - column[i];
            sums[i] += difference * difference;
        }
    }
    return sums;
}

float value(const SvmFunction& function, float x) {
    switch (function.kind) {
        case SvmFunction::Kind::linear: return x;
        case SvmFunction::Kind::poly: return std::pow(function.gamma * x + function.coef0, function.degree);
        case SvmFunction::Kind::rbf: return std::exp(-function.gamma * x);
        case SvmFunction::Kind::sigmoid: return std::tanh(function.gamma * x + function.coef0);
    }
    return x;
}

}  // namespace

void SvmKernel::evaluate(const float* x, float* values) const {
    for (std::int64_t i = 0; i < blocks_; ++i) {
        const float* vectors = vectors_.data() + i * features_ * block;
        const auto sums = function_.kind == SvmFunction::Kind::rbf ? distances<block>(x, vectors, features_)
                                                                   : products<block>(x, vectors, features_);
        for (const float sum : sums) {
            *values++ = value(function_, sum);
        }
    }
}

}  // namespace onecnn::core
