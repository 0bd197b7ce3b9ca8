// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "runtime/datum.h"
#include "runtime/error.h"
#include "runtime/options.h"

namespace onecnn::core {

/// Through which an operator works on one node's values in a run.
class ExecuteContext {
public:
    virtual ~ExecuteContext() = default;

    [[nodiscard]] virtual const Node& node() const = 0;

    /// Without what subgraphs capture.
    [[nodiscard]] virtual std::size_t input_count() const = 0;
    [[nodiscard]] virtual std::size_t output_count() const = 0;
    /// Whether an input is given; it may still hold nothing.
    [[nodiscard]] virtual bool has_input(std::size_t index) const = 0;
    /// Whether anybody uses this output.
    [[nodiscard]] virtual bool has_output(std::size_t index) const = 0;
    /// InvalidModel when it is left out.
    [[nodiscard]] virtual const Datum& input(std::size_t index) const = 0;

    /// How the model was loaded.
    [[nodiscard]] virtual const Options& options() const = 0;

    /// ResourceLimit for more bytes than a tensor, or what a run holds, may have. Ignored for an output that the node lacks.
    virtual void set_output(std::size_t index, Datum datum) = 0;

    /// A subgraph of this node as it runs, what it captures among its inputs.
    [[nodiscard]] virtual const Graph& body(const Subgraph& subgraph) const = 0;

    /// Runs a subgraph of this node on what ONNX gives it. Cancelled and DeadlineExceeded come out of it too.
    [[nodiscard]] virtual std::vector<Datum> run(const Subgraph& subgraph, std::vector<Datum> inputs) = 0;

    /// A tensor for an output; ResourceLimit, with nothing taken, for more bytes than a tensor may have.
    [[nodiscard]] Tensor make_tensor(DType dtype, Shape shape) const;

    /// An input that must be a tensor, a sequence, or a tensor of one dtype. InvalidArgument when it is not.
    [[nodiscard]] const Tensor& tensor(std::size_t index) const;
    [[nodiscard]] const Sequence& sequence(std::size_t index) const;
    template <typename T>
    [[nodiscard]] std::span<const T> elements(std::size_t index) const {
        const Tensor& held = tensor(index);
        if (held.dtype() != dtype_of<T>) {
            invalid("input ", index, " is ", describe(input(index)), ", expected ", name(dtype_of<T>));
        }
        return held.as<T>();
    }
    /// The elements of an int64 or int32 input.
    [[nodiscard]] std::vector<std::int64_t> integers(std::size_t index) const;
    /// The one element of an input.
    template <typename T>
    [[nodiscard]] T scalar(std::size_t index) const {
        const auto held = elements<T>(index);
        if (held.size() != 1) {
            invalid("input ", index, " is ", describe(input(index)), ", expected one element");
        }
        return held[0];
    }

    /// InvalidArgument about this node: what is wrong with its values.
    template <typename... Parts>
    [[noreturn]] void invalid(const Parts&... parts) const {
        fail(ErrorCode::invalid_argument, onecnn::core::describe(node()), ": ", parts...);
    }
    /// UnsupportedOperator about this node.
    template <typename... Parts>
    [[noreturn]] void unsupported(const Parts&... parts) const {
        fail(ErrorCode::unsupported_operator, onecnn::core::describe(node()), ": ", parts...);
    }
};

}  // namespace onecnn::core
