// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "runtime/error.h"

namespace onecnn::core {

class ExecuteContext;
class InferContext;
class LowerContext;

/// What a plan knows of a tensor before anything runs.
struct TensorFacts {
    DType dtype = DType::undefined;
    Shape shape;
    const Tensor* elements = nullptr;  ///< where they are known already
};

/// An operator in its newest form: how its outputs look and which steps make them, or how it works on a run's values.
struct Operator {
    std::string_view domain;  ///< "" is ai.onnx
    std::string_view op_type;
    std::size_t min_inputs;
    std::size_t max_inputs;
    std::size_t max_outputs;
    /// The inputs whose elements decide the outputs' shapes, as Reshape's second.
    std::vector<std::size_t> shape_inputs;
    /// Null for an operator whose outputs' shapes always depend on elements.
    void (*infer)(InferContext&) = nullptr;
    void (*lower)(LowerContext&) = nullptr;
    /// On values as they are in a run; where `infer` is null, calls `to_values`, or has an input that is no plain tensor.
    void (*execute)(ExecuteContext&) = nullptr;
};

inline constexpr std::size_t any_number = SIZE_MAX;

/// Adds an operator to the registry: one at namespace scope in the operator's file.
class Registration {
public:
    explicit Registration(Operator op);
};

/// The operator of a node; UnsupportedOperator naming the node when there is none.
[[nodiscard]] const Operator& find_operator(const Node& node);

/// Every operator there is, in the order of their names.
[[nodiscard]] std::vector<const Operator*> all_operators();

/// Derives the outputs of one node from the facts of its inputs.
class InferContext {
public:
    /// An absent optional input is a null pointer.
    InferContext(const Node& node, std::span<const TensorFacts* const> inputs, std::span<TensorFacts> outputs)
        : node_(node), inputs_(inputs), outputs_(outputs), elements_(outputs.size()) {}

    [[nodiscard]] const Node& node() const { return node_; }
    [[nodiscard]] std::size_t input_count() const { return inputs_.size(); }
    [[nodiscard]] std::size_t output_count() const { return outputs_.size(); }
    [[nodiscard]] bool has_input(std::size_t index) const {
        return index < inputs_.size() && inputs_[index] != nullptr;
    }

    /// InvalidModel naming the node when the input is absent.
    [[nodiscard]] DType dtype(std::size_t index) const { return input(index).dtype; }
    [[nodiscard]] const Shape& shape(std::size_t index) const { return input(index).shape; }

    /// The elements of an input listed in `shape_inputs`.
    [[nodiscard]] const Tensor& elements(std::size_t index) const;
    /// The elements of an int64 or int32 input listed in `shape_inputs`.
    [[nodiscard]] std::vector<std::int64_t> integers(std::size_t index) const;

    /// Ignored for an output that the node does not have.
    void set_output(std::size_t index, DType dtype, Shape shape);
    /// An output whose elements follow from the inputs' shapes alone, as those of the operator Shape.
    void set_output(std::size_t index, Tensor elements);

    /// Has the operator's `execute` do this node, as where its outputs are strings. `infer` returns after it.
    void to_values() { to_values_ = true; }
    [[nodiscard]] bool on_values() const { return to_values_; }

    /// InvalidModel about this node: the parts, after its description.
    template <typename... Parts>
    [[noreturn]] void invalid(const Parts&... parts) const {
        fail(ErrorCode::invalid_model, describe(node_), ": ", parts...);
    }
    /// UnsupportedOperator about this node.
    template <typename... Parts>
    [[noreturn]] void unsupported(const Parts&... parts) const {
        fail(ErrorCode::unsupported_operator, describe(node_), ": ", parts...);
    }

    /// What set_output gave as elements, by output.
    [[nodiscard]] std::vector<std::optional<Tensor>>& known_elements() { return elements_; }

    /// Refuses an input whose rank is another.
    void require_rank(std::size_t index, std::size_t rank) const;
    /// Refuses an input whose dtype is not that of input 0.
    void require_same_dtype(std::size_t index) const;

private:
    [[nodiscard]] const TensorFacts& input(std::size_t index) const;

    const Node& node_;
    std::span<const TensorFacts* const> inputs_;
    std::span<TensorFacts> outputs_;
    std::vector<std::optional<Tensor>> elements_;
    bool to_values_ = false;
};

/// Thrown by InferContext where elements decide a shape and are not known yet: a plan goes on with them once they are.
class ElementsUnknown : public Error {
public:
    ElementsUnknown(std::size_t input, std::string message)
        : Error(ErrorCode::unsupported_operator, std::move(message)), input_(input) {}

    [[nodiscard]] std::size_t input() const { return input_; }

private:
    std::size_t input_;
};

}  // namespace onecnn::core
