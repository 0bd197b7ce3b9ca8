// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "graph/attributes.h"
#include "kernels/tensor_parts.h"
#include "ops/execute_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

using Body = std::shared_ptr<Subgraph>;

template <typename T>
Tensor scalar(T value) {
    return Tensor::from(std::span<const T>(&value, 1)).reshaped({});
}

void require_outputs(const ExecuteContext& context, const std::vector<Datum>& outputs, std::size_t expected) {
    if (outputs.size() != expected) {
        context.invalid("its subgraph has ", outputs.size(), " outputs, expected ", expected);
    }
}

/// What the turns of a Loop or Scan give for one output that is to be gathered.
class Gathered {
public:
    /// `declared` is what the subgraph says of it, for no turns at all.
    explicit Gathered(const ValueType& declared) : declared_(declared) {}

    void add(const ExecuteContext& context, const Datum& datum) {
        const Tensor* tensor = datum.tensor();
        if (tensor == nullptr) {
            context.invalid("its subgraph gives ", describe(datum), " where tensors are gathered");
        }
        if (!turns_.empty() && (turns_[0].dtype() != tensor->dtype() || turns_[0].shape() != tensor->shape())) {
            context.invalid("its subgraph gives ", describe(Datum(turns_[0])), " in one turn and ", describe(datum),
                            " in a later one; they are gathered into one tensor");
        }
        bytes_ += tensor->bytes();
        if (bytes_ > static_cast<std::size_t>(context.options().limits.tensor_bytes)) {
            fail(ErrorCode::resource_limit, onecnn::core::describe(context.node()),
                 ": what it gathers takes more than ", "the limit tensor_bytes of ",
                 context.options().limits.tensor_bytes);
        }
        turns_.push_back(*tensor);
    }

    void reverse() { std::ranges::reverse(turns_); }

    /// All of them along a new axis, counted from the end where it is negative.
    [[nodiscard]] Tensor stacked(const ExecuteContext& context, std::int64_t axis) const {
        const Shape part = turns_.empty() ? declared_shape() : turns_[0].shape();
        Shape unit = part;
        const std::size_t place = normalized_axis(axis, part.size() + 1, onecnn::core::describe(context.node()));
        unit.insert(unit.begin() + static_cast<std::ptrdiff_t>(place), turns_.empty() ? 0 : 1);
        if (turns_.empty()) {
            if (declared_.dtype == DType::undefined) {
                context.unsupported("it makes no turn, and its subgraph does not declare what it would give");
            }
            return {declared_.dtype, std::move(unit)};
        }
        std::vector<Tensor> parts;
        for (const Tensor& turn : turns_) {
            parts.push_back(turn.reshaped(unit));
        }
        return joined(parts, place);
    }

private:
    [[nodiscard]] Shape declared_shape() const {
        Shape shape;
        if (declared_.shape) {
            for (const Dim& dim : *declared_.shape) {
                shape.push_back(std::max<std::int64_t>(dim.value, 0));
            }
        }
        return shape;
    }

    const ValueType& declared_;
    std::vector<Tensor> turns_;
    std::size_t bytes_ = 0;
};

const ValueType& declared_output(const ExecuteContext& context, const Subgraph& body, std::size_t index) {
    const Graph& graph = context.body(body);
    return graph.value(graph.outputs.at(index)).type;
}

void execute_if(ExecuteContext& context) {
    const char* const branch = context.scalar<bool>(0) ? "then_branch" : "else_branch";
    auto outputs = context.run(*required_attribute<Body>(context.node(), branch), {});
    if (outputs.size() < context.output_count()) {
        require_outputs(context, outputs, context.output_count());
    }
    for (std::size_t i = 0; i < context.output_count(); ++i) {
        context.set_output(i, std::move(outputs[i]));
    }
}

void execute_loop(ExecuteContext& context) {
    const Body body = required_attribute<Body>(context.node(), "body");
    const std::int64_t turns =
        context.has_input(0) ? context.scalar<std::int64_t>(0) : std::numeric_limits<std::int64_t>::max();
    bool goes_on = !context.has_input(1) || context.scalar<bool>(1);
    std::vector<Datum> carried;
    for (std::size_t i = 2; i < context.input_count(); ++i) {
        carried.push_back(context.has_input(i) ? context.input(i) : Datum());
    }
    const std::size_t outputs_of_body = context.body(*body).outputs.size();
    if (outputs_of_body < 1 + carried.size()) {
        context.invalid("its subgraph has ", outputs_of_body, " outputs, expected ", 1 + carried.size(),
                        " and those it gathers");
    }
    std::vector<Gathered> gathered;
    for (std::size_t i = 1 + carried.size(); i < outputs_of_body; ++i) {
        gathered.emplace_back(declared_output(context, *body, i));
    }
    for (std::int64_t turn = 0; goes_on && turn < turns; ++turn) {
        std::vector<Datum> inputs{scalar(turn), scalar(goes_on)};
        std::ranges::move(carried, std::back_inserter(inputs));
        auto outputs = context.run(*body, std::move(inputs));
        const Tensor* condition = outputs[0].tensor();
        if (condition == nullptr || condition->dtype() != DType::boolean || condition->size() != 1) {
            context.invalid("its subgraph gives ", describe(outputs[0]), " for whether to go on, expected bool[]");
        }
        goes_on = condition->as<bool>()[0];
        for (std::size_t i = 0; i < gathered.size(); ++i) {
            gathered[i].add(context, outputs[1 + carried.size() + i]);
        }
        std::move(outputs.begin() + 1, outputs.begin() + 1 + static_cast<std::ptrdiff_t>(carried.size()),
                  carried.begin());
    }
    for (std::size_t i = 0; i < carried.size(); ++i) {
        context.set_output(i, std::move(carried[i]));
    }
    for (std::size_t i = 0; i < gathered.size(); ++i) {
        if (context.has_output(carried.size() + i)) {
            context.set_output(carried.size() + i, gathered[i].stacked(context, 0));
        }
    }
}

/// An element of a list that may be left out, or be shorter than what it is for.
std::int64_t at(const std::vector<std::int64_t>& list, std::size_t index) {
    return index < list.size() ? list[index] : 0;
}

/// What a Scan goes through, one slice a turn.
struct Scanned {
    Tensor tensor;
    std::size_t axis;
    bool backwards;

    [[nodiscard]] Tensor turn(std::int64_t index, std::int64_t turns) const {
        const std::int64_t place = backwards ? turns - 1 - index : index;
        Shape shape = tensor.shape();
        shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
        return slice_of(tensor, axis, place, place + 1).reshaped(std::move(shape));
    }
};

/// The inputs of one Scan: those carried from turn to turn, then those gone through.
struct ScanInputs {
    std::vector<Datum> states;
    std::vector<Tensor> scanned;
};

/// Runs a Scan on inputs without a batch; the final states, then what is gathered.
std::vector<Datum> scan(ExecuteContext& context, ScanInputs inputs) {
    const Node& node = context.node();
    const Body body = required_attribute<Body>(node, "body");
    using Integers = std::vector<std::int64_t>;
    const auto axes = attribute<Integers>(node, "scan_input_axes", {});
    const auto directions = attribute<Integers>(node, node.opset < 9 ? "directions" : "scan_input_directions", {});
    const auto output_axes = attribute<Integers>(node, "scan_output_axes", {});
    const auto output_directions = attribute<Integers>(node, "scan_output_directions", {});

    std::int64_t turns = 0;
    std::vector<Scanned> scanned;
    for (std::size_t i = 0; i < inputs.scanned.size(); ++i) {
        const Shape& shape = inputs.scanned[i].shape();
        const std::size_t axis = normalized_axis(at(axes, i), shape.size(), onecnn::core::describe(node));
        if (i > 0 && shape[axis] != turns) {
            context.invalid("it goes through tensors of ", turns, " and of ", shape[axis], " elements");
        }
        turns = shape[axis];
        scanned.push_back({std::move(inputs.scanned[i]), axis, at(directions, i) == 1});
    }
    const std::size_t states = inputs.states.size();
    const std::size_t outputs_of_body = context.body(*body).outputs.size();
    if (outputs_of_body < states) {
        context.invalid("its subgraph has ", outputs_of_body, " outputs, expected ", states, " and those it gathers");
    }
    std::vector<Gathered> gathered;
    for (std::size_t i = states; i < outputs_of_body; ++i) {
        gathered.emplace_back(declared_output(context, *body, i));
    }
    for (std::int64_t turn = 0; turn < turns; ++turn) {
        std::vector<Datum> arguments = std::move(inputs.states);
        for (const Scanned& list : scanned) {
            arguments.emplace_back(list.turn(turn, turns));
        }
        auto outputs = context.run(*body, std::move(arguments));
        for (std::size_t i = 0; i < gathered.size(); ++i) {
            gathered[i].add(context, outputs[states + i]);
        }
        outputs.resize(states);
        inputs.states = std::move(outputs);
    }
    std::vector<Datum> results = std::move(inputs.states);
    for (std::size_t i = 0; i < gathered.size(); ++i) {
        if (at(output_directions, i) == 1) {
            gathered[i].reverse();
        }
        results.emplace_back(gathered[i].stacked(context, at(output_axes, i)));
    }
    return results;
}

ScanInputs scan_inputs(const ExecuteContext& context, std::size_t first) {
    const auto count = required_attribute<std::int64_t>(context.node(), "num_scan_inputs");
    if (count < 1 || static_cast<std::size_t>(count) > context.input_count() - first) {
        context.invalid("num_scan_inputs is ", count, " of ", context.input_count() - first, " inputs");
    }
    const std::size_t states = context.input_count() - static_cast<std::size_t>(count);
    ScanInputs inputs;
    for (std::size_t i = first; i < states; ++i) {
        inputs.states.push_back(context.input(i));
    }
    for (std::size_t i = states; i < context.input_count(); ++i) {
        inputs.scanned.push_back(context.tensor(i));
    }
    return inputs;
}

/// Opset 8: each element of the first axis, the batch, is gone through by itself.
void execute_scan_of_batch(ExecuteContext& context) {
    if (context.has_input(0)) {
        context.unsupported("input 0 gives the sequences' lengths, which is not supported");
    }
    const ScanInputs whole = scan_inputs(context, 1);
    const Shape& first = whole.scanned[0].shape();
    const std::int64_t batch = first.empty() ? 0 : first[0];
    const auto item = [&](const Tensor& tensor, std::int64_t index) {
        if (tensor.shape().empty() || tensor.shape()[0] != batch) {
            context.invalid("its inputs are of batch ", batch, " and ", describe(Datum(tensor)));
        }
        return slice_of(tensor, 0, index, index + 1).reshaped(Shape(tensor.shape().begin() + 1, tensor.shape().end()));
    };
    std::vector<std::vector<Tensor>> results(context.output_count());
    for (std::int64_t i = 0; i < batch; ++i) {
        ScanInputs inputs;
        for (const Datum& state : whole.states) {
            if (state.tensor() == nullptr) {
                context.invalid("a state is ", describe(state), ", expected a tensor");
            }
            inputs.states.emplace_back(item(*state.tensor(), i));
        }
        for (const Tensor& tensor : whole.scanned) {
            inputs.scanned.push_back(item(tensor, i));
        }
        const auto outputs = scan(context, std::move(inputs));
        if (outputs.size() < results.size()) {
            require_outputs(context, outputs, results.size());
        }
        for (std::size_t k = 0; k < results.size(); ++k) {
            const Tensor* tensor = outputs[k].tensor();
            Shape shape = tensor == nullptr ? Shape() : tensor->shape();
            shape.insert(shape.begin(), 1);
            const bool fits = tensor != nullptr &&
                              (i == 0 || (shape == results[k][0].shape() && tensor->dtype() == results[k][0].dtype()));
            if (!fits) {
                context.invalid("its subgraph gives tensors of different dtypes or shapes for the items of a batch");
            }
            results[k].push_back(tensor->reshaped(std::move(shape)));
        }
    }
    if (batch == 0) {
        context.unsupported("its batch is empty");
    }
    for (std::size_t k = 0; k < results.size(); ++k) {
        context.set_output(k, joined(results[k], 0));
    }
}

void execute_scan(ExecuteContext& context) {
    if (context.node().opset < 9) {
        execute_scan_of_batch(context);
        return;
    }
    auto results = scan(context, scan_inputs(context, 0));
    if (results.size() < context.output_count()) {
        require_outputs(context, results, context.output_count());
    }
    for (std::size_t i = 0; i < context.output_count(); ++i) {
        context.set_output(i, std::move(results[i]));
    }
}

const Registration if_{{"", "If", 1, 1, any_number, {}, nullptr, nullptr, execute_if}};
const Registration loop{{"", "Loop", 0, any_number, any_number, {}, nullptr, nullptr, execute_loop}};
const Registration scan_{{"", "Scan", 0, any_number, any_number, {}, nullptr, nullptr, execute_scan}};

}  // namespace

}  // namespace onecnn::core
