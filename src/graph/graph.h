// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/tensor.h"

namespace onecnn::core {

/// A value's place in its graph; `none` for an optional input or output that is left out.
enum class ValueId : std::uint32_t { none = UINT32_MAX };

/// One dimension as a model declares it: a number, a name, or neither.
struct Dim {
    std::int64_t value = -1;  ///< −1: not fixed
    std::string symbol;       ///< empty: unnamed
};

/// What a model declares of a value.
struct ValueType {
    enum class Kind { tensor, sequence, map, optional };

    DType dtype = DType::undefined;         ///< a tensor's elements or a map's keys; undefined: not declared
    std::optional<std::vector<Dim>> shape;  ///< a tensor's; absent: the rank is unknown
    Kind kind = Kind::tensor;
    std::shared_ptr<const ValueType> element;  ///< inside a sequence or optional, or a map's values
};

struct Subgraph;

using Attribute = std::variant<std::int64_t, float, std::string, Tensor, std::vector<std::int64_t>, std::vector<float>,
                               std::vector<std::string>, std::shared_ptr<Subgraph>>;

/// An elementwise function applied to a node's result before it is stored.
struct Activation {
    std::string op_type;  ///< its ONNX operator: Relu, LeakyRelu, Clip, Sigmoid, Tanh, HardSwish, Swish, Gelu (by erf)
    float alpha = 0;      ///< LeakyRelu's and Swish's alpha, Clip's lower bound
    float beta = 0;       ///< Clip's upper bound
};

/// One operator applied to values.
struct Node {
    std::string name;
    std::string op_type;
    std::string domain;      ///< "" is ai.onnx
    std::int64_t opset = 0;  ///< the version the file asked for; the node itself has the newest form
    std::vector<ValueId> inputs;
    std::size_t captures = 0;  ///< how many inputs at the end are those that its subgraphs read from around them
    std::vector<ValueId> outputs;
    std::map<std::string, Attribute, std::less<>> attributes;
    /// The input that is added to the result before the activation; set by fusion alone.
    std::optional<std::size_t> addend;
    std::optional<Activation> activation;  ///< set by fusion alone
};

/// A tensor that flows: what is declared of it, and its elements where they are constant.
struct Value {
    std::string name;
    ValueType type;
    std::optional<Tensor> constant;
};

/// A model's dataflow: values, and nodes in an order in which each node's inputs come before it.
class Graph {
public:
    [[nodiscard]] ValueId add_value(Value value);
    [[nodiscard]] ValueId add_constant(std::string name, Tensor tensor);

    [[nodiscard]] Value& value(ValueId id) { return values_[static_cast<std::size_t>(id)]; }
    [[nodiscard]] const Value& value(ValueId id) const { return values_[static_cast<std::size_t>(id)]; }
    [[nodiscard]] std::size_t value_count() const { return values_.size(); }

    /// The constant's elements; null for `none` and for values that are computed.
    [[nodiscard]] const Tensor* constant(ValueId id) const;

    std::string name;
    std::string description;
    std::vector<Node> nodes;
    std::vector<ValueId> inputs;   ///< what the caller gives
    std::vector<ValueId> outputs;  ///< what the caller gets

private:
    std::vector<Value> values_;
};

/// The body of an If, Loop or Scan. What it reads from around it are further inputs of its graph, behind those that ONNX gives it.
struct Subgraph {
    Graph graph;
    std::size_t formal_inputs = 0;
    std::vector<std::size_t> captures;  ///< by further input: which of its node's inputs it is
};

/// Erases the nodes that are marked, by index.
void erase_nodes(std::vector<Node>& nodes, const std::vector<bool>& marked);

/// How messages call a node: "node 'conv1' (Conv, opset 18)".
[[nodiscard]] std::string describe(const Node& node);

/// "float32[N, 1, 28, 28]"; "?" for what is not known.
[[nodiscard]] std::string to_string(const ValueType& type);

}  // namespace onecnn::core
