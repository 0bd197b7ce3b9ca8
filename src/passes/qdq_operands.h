// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include "graph/graph.h"
#include "graph/uses.h"

namespace onecnn::core {

/// How a whole tensor is quantised to int8 or uint8: constants of one element.
struct Quantization {
    ValueId scale;
    ValueId zero;
};

/// What a DequantizeLinear reads.
struct Dequantized {
    ValueId value;
    Quantization quantization;
};

/// Constant weights: int8, or uint8 around 128, so that less their zero points they are int8.
struct DequantizedWeights {
    ValueId value;
    ValueId scale;  ///< one, or one for each filter
    ValueId zero;   ///< `none` for zeros
    std::size_t rank;
    std::int64_t filters;
};

/// The operands of float operators that stand between DequantizeLinear and QuantizeLinear.
class QdqOperands {
public:
    explicit QdqOperands(Graph& graph) : graph_(graph), uses_(graph) {}

    [[nodiscard]] const Uses& uses() const { return uses_; }

    /// The node that makes a value which nobody else reads.
    [[nodiscard]] const Node* only_read_here(ValueId id) const;

    /// The quantisation of a QuantizeLinear or DequantizeLinear of bytes; nothing where it is not that of a whole
    /// tensor.
    [[nodiscard]] std::optional<Quantization> quantization(const Node& node) const;

    [[nodiscard]] std::optional<Dequantized> dequantized(ValueId id) const;

    /// Weights whose scales lie along `axis`.
    [[nodiscard]] std::optional<DequantizedWeights> weights(ValueId id, std::int64_t axis) const;

    /// A matrix of weights the other way round.
    [[nodiscard]] ValueId transposed(ValueId weights);

    /// A constant bias as int32 in units of both scales; nothing where it does not fit.
    [[nodiscard]] std::optional<ValueId> bias(ValueId id, const Quantization& x, const DequantizedWeights& w);

    /// Whether two tensors of the same bytes stand for the same numbers.
    [[nodiscard]] bool same(const Quantization& a, const Quantization& b) const;

private:
    [[nodiscard]] const Node* producer(ValueId id, const char* op_type) const;

    Graph& graph_;
    Uses uses_;
};

}  // namespace onecnn::core
