// SPDX-License-Identifier: Apache-2.0
#include "runtime/model.h"

#include <algorithm>
#include <utility>

#include "graph/verify.h"
#include "ops/operator.h"
#include "passes/passes.h"
#include "runtime/cpu_limits.h"
#include "runtime/fork_gate.h"
#include "runtime/plan_builder.h"
#include "runtime/summary.h"

namespace onecnn::core {

namespace {

/// Checks what needs no shapes: that every node has an operator, and as many inputs and outputs as it takes.
void check_operators(const Graph& graph) {
    for (const Node& node : graph.nodes) {
        const Operator& op = find_operator(node);
        const bool has_subgraph = std::ranges::any_of(node.attributes, [](const auto& attribute) {
            return std::holds_alternative<std::shared_ptr<Subgraph>>(attribute.second);
        });
        if (has_subgraph && op.infer != nullptr) {
            fail(ErrorCode::invalid_model, describe(node),
                 " has a graph as an attribute, which the operator does not take");
        }
        const std::size_t inputs = node.inputs.size() - node.captures;
        if (inputs < op.min_inputs || inputs > op.max_inputs) {
            fail(ErrorCode::invalid_model, describe(node), " has ", inputs, " inputs; it takes ",
                 op.min_inputs == op.max_inputs ? concat(op.min_inputs)
                 : op.max_inputs == any_number  ? concat(op.min_inputs, " or more")
                                                : concat(op.min_inputs, " to ", op.max_inputs));
        }
        for (std::size_t i = 0; i < op.min_inputs; ++i) {
            if (node.inputs[i] == ValueId::none) {
                fail(ErrorCode::invalid_model, describe(node), ": input ", i, " is left out, and it is not optional");
            }
        }
        if (node.outputs.empty() || node.outputs.size() > op.max_outputs) {
            fail(ErrorCode::invalid_model, describe(node), " has ", node.outputs.size(), " outputs; it gives 1",
                 op.max_outputs == 1 ? "" : concat(" to ", op.max_outputs));
        }
    }
}

/// Gives the first output of every node a value, named or not: an operator always computes it.
void complete_outputs(Graph& graph) {
    for (Node& node : graph.nodes) {
        if (node.outputs[0] == ValueId::none) {
            node.outputs[0] = graph.add_value({});
        }
    }
}

/// Calls `function` with each of a node's subgraphs.
template <typename Function>
void for_each_subgraph(Node& node, const Function& function) {
    for (auto& [name, attribute] : node.attributes) {
        if (auto* subgraph = std::get_if<std::shared_ptr<Subgraph>>(&attribute)) {
            function(**subgraph);
        }
    }
}

/// What a subgraph captures and is constant by now becomes a constant of its own.
void give_constants(const Graph& graph, const Node& node, Subgraph& subgraph) {
    std::vector<ValueId> inputs(subgraph.graph.inputs.begin(),
                                subgraph.graph.inputs.begin() + static_cast<std::ptrdiff_t>(subgraph.formal_inputs));
    std::vector<std::size_t> captures;
    for (std::size_t i = 0; i < subgraph.captures.size(); ++i) {
        const ValueId id = subgraph.graph.inputs[subgraph.formal_inputs + i];
        if (const Tensor* tensor = graph.constant(node.inputs[subgraph.captures[i]])) {
            subgraph.graph.value(id).constant = *tensor;
        } else {
            inputs.push_back(id);
            captures.push_back(subgraph.captures[i]);
        }
    }
    subgraph.graph.inputs = std::move(inputs);
    subgraph.captures = std::move(captures);
}

/// The inputs' shapes where the model fixes every dimension.
std::optional<PlanKey> fixed_key(const Graph& graph) {
    PlanKey key;
    for (const ValueId id : graph.inputs) {
        const ValueType& type = graph.value(id).type;
        const auto& shape = type.shape;
        if (type.kind != ValueType::Kind::tensor || type.dtype == DType::string || !shape) {
            return std::nullopt;
        }
        Shape dims;
        for (const Dim& dim : *shape) {
            if (dim.value < 0) {
                return std::nullopt;
            }
            dims.push_back(dim.value);
        }
        key.dtypes.push_back(type.dtype);
        key.shapes.push_back(std::move(dims));
    }
    return key;
}

}  // namespace

Model::Model(ModelInfo info, Options options)
    : info_(std::move(info)),
      options_(std::move(options)),
      threads_(options_.threads > 0 ? options_.threads : usable_cpus()) {}

void Model::prepare(Graph& graph, FoldingBudget& budget) {
    verify(graph);
    check_operators(graph);
    remove_dead_nodes(graph);
    complete_outputs(graph);
    if (options_.optimize) {
        lower_qdq(graph);
    }
    const PlanSettings settings{options_, threads_, packed_};
    fold_constants(graph, [&](const Node& node, const std::vector<const Tensor*>& inputs) {
        return evaluate(node, inputs, settings, budget);
    });
    if (options_.optimize) {
        optimize(graph);
        verify(graph);
    }
    for (Node& node : graph.nodes) {
        for_each_subgraph(node, [&](Subgraph& subgraph) {
            give_constants(graph, node, subgraph);
            prepare(subgraph.graph, budget);
            bodies_.emplace(&subgraph, std::make_unique<const Program>(std::move(subgraph.graph), settings,
                                                                       options_.limits.plan_bytes / 16));
        });
    }
}

std::shared_ptr<const Model> Model::create(ParsedModel parsed, Options options) {
    const ForkGate gate;
    std::shared_ptr<Model> model(new Model(std::move(parsed.info), std::move(options)));
    FoldingBudget budget;
    Graph graph = std::move(parsed.graph);
    model->prepare(graph, budget);
    model->summary_ = summarize(model->info_, graph);
    const auto key = fixed_key(graph);
    const PlanSettings settings{model->options_, model->threads_, model->packed_};
    model->program_ = std::make_unique<const Program>(std::move(graph), settings, model->options_.limits.plan_bytes);
    if (key && model->program_->value_inputs().empty()) {
        static_cast<void>(model->program_->plan(*key));
    }
    // Its target need not outlive the loading.
    model->options_.log = nullptr;
    return model;
}

void Model::trim() const {
    const ForkGate gate;
    program_->trim();
    for (const auto& [subgraph, body] : bodies_) {
        body->trim();
    }
}

}  // namespace onecnn::core
