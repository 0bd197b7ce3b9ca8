// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "graph/graph.h"
#include "kernels/layout.h"
#include "kernels/onednn.h"
#include "kernels/place.h"
#include "kernels/step.h"
#include "runtime/error.h"

namespace onecnn::core {

/// Through which an operator turns one node into steps. Shapes and dtypes are those that `infer` gave.
class LowerContext {
public:
    virtual ~LowerContext() = default;

    [[nodiscard]] virtual const Node& node() const = 0;

    [[nodiscard]] virtual std::size_t input_count() const = 0;
    [[nodiscard]] virtual std::size_t output_count() const = 0;
    [[nodiscard]] virtual bool has_input(std::size_t index) const = 0;
    /// Whether anybody uses this output.
    [[nodiscard]] virtual bool has_output(std::size_t index) const = 0;
    [[nodiscard]] virtual DType dtype(std::size_t input) const = 0;
    [[nodiscard]] virtual const Shape& shape(std::size_t input) const = 0;
    [[nodiscard]] virtual DType output_dtype(std::size_t output) const = 0;
    [[nodiscard]] virtual const Shape& output_shape(std::size_t output) const = 0;

    /// The node that alone reads output 0, which nobody else does, where it too is to be lowered; else null.
    [[nodiscard]] virtual const Node* consumer() const = 0;
    /// The shape of that node's output 0.
    [[nodiscard]] virtual const Shape& consumer_output_shape() const = 0;
    /// Says that this node's steps do the consumer's work too: output 0 is the consumer's from here on, which is not lowered.
    virtual void take_over_consumer() = 0;

    /// The elements of an input where they are known, else null.
    [[nodiscard]] virtual const Tensor* constant(std::size_t input) const = 0;

    /// The layout in which an input lies already, so that asking for it moves nothing.
    [[nodiscard]] virtual Layout layout(std::size_t input) const = 0;

    /// The slot of an input in the given layout; a step that moves it there is added where it lies in another.
    [[nodiscard]] virtual Slot input(std::size_t index, Layout layout = Layout::row_major) = 0;

    /// The slot of an output, which the node will store in the given layout.
    [[nodiscard]] virtual Slot output(std::size_t index, Layout layout = Layout::row_major) = 0;

    /// Where an input of rank 3 or more lies channels last, dense or not; a step that moves it there is added where it
    /// lies row-major. Not for oneDNN, which has nothing fast for memory that is not dense.
    [[nodiscard]] virtual Place input_place(std::size_t index) = 0;

    /// Where the node will store an output of rank 3 or more, channels last: inside the result of a Concat that reads it,
    /// or in a slot of its own.
    [[nodiscard]] virtual Place output_place(std::size_t index) = 0;

    /// Makes an output those channels of an input that begin with `channel`, where input_place has them; no step.
    virtual void view_channels(std::size_t output, std::size_t input, std::int64_t channel) = 0;

    /// Makes an output the same elements as an input, in row-major order; where that lies channels last, whoever reads the output
    /// may have it moved.
    virtual void alias(std::size_t output, std::size_t input) = 0;

    /// The shape of the tensor that an input is under another shape, as long as nobody has had it moved into row-major order; null
    /// for other inputs.
    [[nodiscard]] virtual const Shape* reshaped_pixels(std::size_t index) const = 0;
    /// That tensor, channels last.
    [[nodiscard]] virtual Slot pixels(std::size_t index) = 0;

    /// A slot that holds the same elements in every run.
    [[nodiscard]] virtual Slot constant_slot(const Tensor& tensor) = 0;

    /// A slot that holds a constant in the form a primitive asks for; shared with other plans.
    [[nodiscard]] virtual Slot packed_slot(const Tensor& tensor, const dnnl::memory::desc& from,
                                           const dnnl::memory::desc& to) = 0;

    /// A slot of `bytes` bytes that hold what `pack` makes of a constant, which writes all of them; shared with other plans. `form`
    /// tells one way of packing from another.
    [[nodiscard]] virtual Slot packed_slot(const Tensor& tensor, const std::string& form, std::size_t bytes,
                                           const std::function<void(std::byte*)>& pack) = 0;

    /// A slot for what passes between this node's own steps.
    [[nodiscard]] virtual Slot temporary(std::size_t bytes) = 0;

    /// Whether to do without weights in forms that take more memory and only make runs faster.
    [[nodiscard]] virtual bool low_memory() const = 0;

    /// Which of these ways to compute the node: the one that was measured to be the fastest, else the first. One that cannot be gone
    /// must come to the first. `node` is what decides how long each takes: operator, shapes, attributes. The ways are literals.
    [[nodiscard]] virtual std::string_view way(const std::string& node, std::span<const std::string_view> ways) = 0;

    /// Whether results must be the same bits for any batch and number of threads, whatever that costs.
    [[nodiscard]] virtual bool deterministic() const = 0;

    /// Adds a step. The slots it reads and writes must be named in it.
    virtual void add(std::unique_ptr<Step> step) = 0;

    /// Adds a primitive that is one slice.
    void add_primitive(const dnnl::primitive_desc_base& descriptor, const dnnl::primitive& primitive,
                       std::vector<PrimitiveArgument> arguments, std::int64_t work);

    /// Adds a function over slices. `held_bytes` is what it captures, where that is more than a few numbers.
    void add_function(std::string_view implementation, std::vector<Slot> reads, std::vector<Slot> writes,
                      std::int64_t slices, std::int64_t work, FunctionStep::Body body, std::size_t held_bytes = 0);

    /// UnsupportedOperator about this node.
    template <typename... Parts>
    [[noreturn]] void unsupported(const Parts&... parts) const {
        fail(ErrorCode::unsupported_operator, describe(node()), ": ", parts...);
    }
};

}  // namespace onecnn::core
