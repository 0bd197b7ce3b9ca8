// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ops/lower_context.h"

namespace onecnn::core {

/// Constant weights as int8 with no zero points, a scale each filter.
class QuantizedWeights {
public:
    /// The node's inputs that hold them.
    struct Inputs {
        std::size_t weights;
        std::size_t scale;
        std::size_t zero;
    };

    /// Weights [filters, ...], or [..., filters] of rank 2 when `axis` is 1, which are turned round. Nothing where
    /// they, their scales or zero points are not constants, or what is left without the zero points does not fit into
    /// int8.
    [[nodiscard]] static std::optional<QuantizedWeights> of(const LowerContext& context, const Inputs& inputs,
                                                            std::size_t axis = 0);

    [[nodiscard]] const Tensor& tensor() const { return tensor_; }
    [[nodiscard]] std::span<const std::int8_t> values() const { return tensor_.as<std::int8_t>(); }

    /// By filter: the int32 bias, if there is one, less what the zero point of the source adds to every sum.
    [[nodiscard]] std::vector<std::int32_t> bias(const Tensor* bias, std::int32_t source_zero) const;
    /// By filter: from sums to multiples of the result's scale.
    [[nodiscard]] std::vector<float> scales(float source, float result) const;

private:
    QuantizedWeights(Tensor tensor, Tensor scales) : tensor_(std::move(tensor)), scales_(std::move(scales)) {}

    Tensor tensor_;
    Tensor scales_;
};

}  // namespace onecnn::core
