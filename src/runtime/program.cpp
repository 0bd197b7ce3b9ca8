// SPDX-License-Identifier: Apache-2.0
#include "runtime/program.h"

#include <algorithm>

#include "ops/execute_context.h"
#include "ops/operator.h"
#include "runtime/error.h"
#include "runtime/tune.h"

namespace onecnn::core {

namespace {

/// Whether an input that decides a shape may be part of a plan's key: where it is made for that, and no image.
bool may_be_key(const Graph& graph, ValueId id) {
    const ValueType& type = graph.value(id).type;
    return type.kind == ValueType::Kind::tensor && type.shape && type.shape->size() <= 1;
}

/// The inputs from which a shape is computed, directly or through any number of nodes.
std::vector<std::size_t> find_value_inputs(const Graph& graph) {
    enum class Decides { nothing, indirectly, directly };
    std::vector<Decides> decides(graph.value_count(), Decides::nothing);
    const auto mark = [&](ValueId id, Decides how) {
        if (id != ValueId::none) {
            auto& known = decides[static_cast<std::size_t>(id)];
            known = std::max(known, how);
        }
    };
    for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
        const bool wanted = std::ranges::any_of(node->outputs, [&](ValueId id) {
            return id != ValueId::none && decides[static_cast<std::size_t>(id)] != Decides::nothing;
        });
        const Operator& op = find_operator(*node);
        if (wanted && op.infer != nullptr) {
            std::ranges::for_each(node->inputs, [&](ValueId id) { mark(id, Decides::indirectly); });
        }
        for (const std::size_t index : op.shape_inputs) {
            if (index < node->inputs.size()) {
                mark(node->inputs[index], Decides::directly);
            }
        }
    }
    std::vector<std::size_t> inputs;
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
        const Decides how = decides[static_cast<std::size_t>(graph.inputs[i])];
        if (how == Decides::directly || (how == Decides::indirectly && may_be_key(graph, graph.inputs[i]))) {
            inputs.push_back(i);
        }
    }
    return inputs;
}

PlanKey key_of(const std::vector<Datum>& inputs, const std::vector<std::size_t>& value_inputs) {
    PlanKey key;
    for (const Datum& input : inputs) {
        const Tensor* tensor = input.tensor();
        key.dtypes.push_back(tensor == nullptr ? DType::undefined : tensor->dtype());
        key.shapes.push_back(input.is_plain() ? tensor->shape() : Shape{});
    }
    for (const std::size_t index : value_inputs) {
        key.elements.push_back(inputs[index].is_plain() ? *inputs[index].tensor() : Tensor());
    }
    return key;
}

/// A context of a plan for as long as it is used.
class UsedContext {
public:
    explicit UsedContext(Plan& plan) : plan_(plan), context_(plan.acquire_context()) {}
    ~UsedContext() { plan_.release_context(std::move(context_)); }
    UsedContext(const UsedContext&) = delete;
    UsedContext& operator=(const UsedContext&) = delete;

    [[nodiscard]] Context& operator*() const { return *context_; }

private:
    Plan& plan_;
    std::unique_ptr<Context> context_;
};

std::vector<Datum> run_region(Plan& plan, const std::vector<Datum>& inputs, const RunScope& scope) {
    std::vector<const std::byte*> from;
    for (const Datum& input : inputs) {
        from.push_back(input.is_plain() ? input.tensor()->data() : nullptr);
    }
    std::vector<Datum> outputs;
    std::vector<std::byte*> to;
    for (const Plan::Output& output : plan.outputs()) {
        Tensor made(output.dtype, output.shape);
        to.push_back(made.data());
        outputs.emplace_back(std::move(made));
    }
    const UsedContext context(plan);
    plan.execute(*context, from, to, scope.stop, scope.times);
    return outputs;
}

class NodeExecution final : public ExecuteContext {
public:
    NodeExecution(const Node& node, const std::vector<const Datum*>& inputs, const RunScope& scope)
        : node_(node), inputs_(inputs), scope_(scope), outputs_(node.outputs.size()) {}

    [[nodiscard]] const Node& node() const override { return node_; }
    [[nodiscard]] std::size_t input_count() const override { return inputs_.size() - node_.captures; }
    [[nodiscard]] std::size_t output_count() const override { return outputs_.size(); }
    [[nodiscard]] bool has_input(std::size_t index) const override {
        return index < input_count() && inputs_[index] != nullptr;
    }
    [[nodiscard]] bool has_output(std::size_t index) const override {
        return index < outputs_.size() && node_.outputs[index] != ValueId::none;
    }
    [[nodiscard]] const Datum& input(std::size_t index) const override {
        if (!has_input(index)) {
            fail(ErrorCode::invalid_model, onecnn::core::describe(node_), ": input ", index, " is missing");
        }
        return *inputs_[index];
    }

    [[nodiscard]] const Options& options() const override { return scope_.options; }

    void set_output(std::size_t index, Datum datum) override {
        if (index >= outputs_.size()) {
            return;
        }
        const bool tensor = datum.tensor() != nullptr;
        const std::int64_t limit = tensor ? scope_.options.limits.tensor_bytes : scope_.options.limits.run_bytes;
        if (const std::size_t bytes = datum.bytes(); bytes > static_cast<std::size_t>(limit)) {
            fail(ErrorCode::resource_limit, onecnn::core::describe(node_), ": its result, ",
                 onecnn::core::describe(datum), ", takes ", bytes, " bytes, more than the limit ",
                 tensor ? "tensor_bytes" : "run_bytes", " of ", limit);
        }
        if (tensor && datum.tensor()->shape().size() > max_rank) {
            fail(ErrorCode::unsupported_operator, onecnn::core::describe(node_), ": its result ",
                 onecnn::core::describe(datum), " has a rank of more than ", max_rank);
        }
        outputs_[index] = std::move(datum);
    }

    [[nodiscard]] const Graph& body(const Subgraph& subgraph) const override {
        return scope_.bodies.at(&subgraph)->graph();
    }

    [[nodiscard]] std::vector<Datum> run(const Subgraph& subgraph, std::vector<Datum> inputs) override {
        const Program& body = *scope_.bodies.at(&subgraph);
        if (inputs.size() != subgraph.formal_inputs) {
            fail(ErrorCode::invalid_model, onecnn::core::describe(node_), ": its subgraph '", body.graph().name,
                 "' has ", subgraph.formal_inputs, " inputs, expected ", inputs.size());
        }
        scope_.stop.check(node_.name);
        for (const std::size_t capture : subgraph.captures) {
            inputs.push_back(*inputs_[capture]);
        }
        return body.run(std::move(inputs), scope_.inside());
    }

    [[nodiscard]] std::vector<Datum> take_outputs() { return std::move(outputs_); }

private:
    const Node& node_;
    const std::vector<const Datum*>& inputs_;
    const RunScope& scope_;
    std::vector<Datum> outputs_;
};

/// The values of one graph in one run.
class Values {
public:
    explicit Values(const Continuation& continuation)
        : continuation_(continuation), values_(continuation.graph.value_count()) {
        for (const auto& [id, tensor] : continuation.known) {
            (*this)[id] = tensor;
        }
    }

    [[nodiscard]] Datum& operator[](ValueId id) { return values_[static_cast<std::size_t>(id)]; }

    void execute(const Node& node, const RunScope& scope) {
        scope.stop.check(node.name);
        std::vector<const Datum*> inputs;
        for (const ValueId id : node.inputs) {
            inputs.push_back(id == ValueId::none ? nullptr : &(*this)[id]);
        }
        auto outputs = execute_node(node, inputs, scope);
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            if (node.outputs[i] != ValueId::none) {
                (*this)[node.outputs[i]] = std::move(outputs[i]);
            }
        }
    }

    [[nodiscard]] std::vector<Datum> run_rest(const RunScope& scope) {
        if (!continuation_.rest) {
            return {};
        }
        std::vector<Datum> inputs;
        for (const ValueId id : continuation_.rest_inputs) {
            inputs.push_back((*this)[id]);
        }
        return continuation_.rest->run(std::move(inputs), scope.inside());
    }

private:
    const Continuation& continuation_;
    std::vector<Datum> values_;
};

}  // namespace

RunScope RunScope::inside() const {
    constexpr int most = 1024;
    if (depth == most) {
        fail(ErrorCode::resource_limit, "more than ", most,
             " subgraphs, and parts of graphs that wait for a shape, run ", "inside each other");
    }
    return {bodies, options, stop, times, depth + 1};
}

std::vector<Datum> execute_node(const Node& node, const std::vector<const Datum*>& inputs, const RunScope& scope) {
    NodeExecution execution(node, inputs, scope);
    find_operator(node).execute(execution);
    return execution.take_outputs();
}

Program::Program(Graph graph, const PlanSettings& settings, std::int64_t plan_bytes, int level)
    : graph_(std::move(graph)),
      settings_(settings),
      level_(level),
      value_inputs_(find_value_inputs(graph_)),
      plans_(plan_bytes) {}

std::shared_ptr<Plan> Program::plan(const PlanKey& key) const {
    return plans_.find_or_make(key, [&] {
        if (settings_.options.tune && level_ == 0) {
            tune(graph_, key, value_inputs_, settings_);
        }
        return build_plan(graph_, key, value_inputs_, settings_, level_);
    });
}

std::vector<Datum> Program::run(std::vector<Datum> inputs, const RunScope& scope) const {
    const auto found = plan(key_of(inputs, value_inputs_));
    return run(*found, std::move(inputs), scope);
}

std::vector<Datum> Program::run(Plan& plan, std::vector<Datum> inputs, const RunScope& scope) const {
    auto made = run_region(plan, inputs, scope);
    const Continuation* continuation = plan.continuation();
    if (continuation == nullptr) {
        return made;
    }
    Values values(*continuation);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        values[graph_.inputs[i]] = std::move(inputs[i]);
    }
    for (std::size_t i = 0; i < made.size(); ++i) {
        values[continuation->region_outputs[i]] = std::move(made[i]);
    }
    for (const Node* node : continuation->nodes) {
        values.execute(*node, scope);
    }
    auto rest = values.run_rest(scope);
    std::vector<Datum> outputs;
    for (const Continuation::Output& output : continuation->outputs) {
        outputs.push_back(output.value == ValueId::none ? rest[output.rest] : values[output.value]);
    }
    return outputs;
}

}  // namespace onecnn::core
