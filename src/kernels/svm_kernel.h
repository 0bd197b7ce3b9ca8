// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace onecnn::core {

/// The function of a support vector machine between two vectors x and s.
struct SvmFunction {
    enum class Kind {
        linear,   ///< x·s
        poly,     ///< (gamma x·s + coef0)^degree
        rbf,      ///< exp(−gamma |x − s|²)
        sigmoid,  ///< tanh(gamma x·s + coef0)
    };
    Kind kind = Kind::linear;
    float gamma = 0;
    float coef0 = 0;
    float degree = 0;
};

/// That function between one vector and all support vectors at once.
class SvmKernel {
public:
    /// `vectors` are `count` rows of as many features each.
    SvmKernel(const SvmFunction& function, std::span<const float> vectors, std::int64_t count);

    [[nodiscard]] std::int64_t features() const { return features_; }

    /// How many floats `evaluate` writes: one a support vector, rounded up to whole blocks.
    [[nodiscard]] std::int64_t padded_count() const { return blocks_ * block; }

    [[nodiscard]] std::size_t bytes() const { return vectors_.size() * sizeof(float); }

    /// `x` has `features()` floats, `values` room for `padded_count()`.
    void evaluate(const float* x, float* values) const;

private:
    static constexpr std::int64_t block = 16;  // vectors side by side: a loop over them is in vector registers

    SvmFunction function_;
    std::int64_t features_;
    std::int64_t blocks_;
    std::vector<float> vectors_;  // [blocks, features, block]
};

}  // namespace onecnn::core
