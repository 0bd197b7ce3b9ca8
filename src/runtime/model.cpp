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
        if (node.inputs.size() < op.min_inputs || node.inputs.size() > op.max_inputs) {
            fail(ErrorCode::invalid_model, describe(node), " has ", node.inputs.size(), " inputs; it takes ",
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

/// The inputs from which a shape is computed, through any number of nodes.
std::vector<std::size_t> find_value_inputs(const Graph& graph) {
    std::vector<bool> decides(graph.value_count(), false);
    const auto mark = [&](ValueId id) {
        if (id != ValueId::none) {
            decides[static_cast<std::size_t>(id)] = true;
        }
    };
    for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
        const bool wanted = std::ranges::any_of(
            node->outputs, [&](ValueId id) { return id != ValueId::none && decides[static_cast<std::size_t>(id)]; });
        if (wanted) {
            std::ranges::for_each(node->inputs, mark);
        }
        for (const std::size_t index : find_operator(*node).shape_inputs) {
            if (index < node->inputs.size()) {
                mark(node->inputs[index]);
            }
        }
    }
    std::vector<std::size_t> inputs;
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
        if (decides[static_cast<std::size_t>(graph.inputs[i])]) {
            inputs.push_back(i);
        }
    }
    return inputs;
}

/// The inputs' shapes where the model fixes every dimension.
std::optional<PlanKey> fixed_key(const Graph& graph) {
    PlanKey key;
    for (const ValueId id : graph.inputs) {
        const auto& shape = graph.value(id).type.shape;
        if (!shape) {
            return std::nullopt;
        }
        Shape dims;
        for (const Dim& dim : *shape) {
            if (dim.value < 0) {
                return std::nullopt;
            }
            dims.push_back(dim.value);
        }
        key.shapes.push_back(std::move(dims));
    }
    return key;
}

}  // namespace

Model::Model(ParsedModel parsed, Options options)
    : info_(std::move(parsed.info)),
      graph_(std::move(parsed.graph)),
      options_(std::move(options)),
      threads_(options_.threads > 0 ? options_.threads : usable_cpus()),
      plans_(options_.limits.plan_bytes) {}

std::shared_ptr<const Model> Model::create(ParsedModel parsed, Options options) {
    const ForkGate gate;
    std::shared_ptr<Model> model(new Model(std::move(parsed), std::move(options)));
    Graph& graph = model->graph_;
    verify(graph);
    check_operators(graph);
    remove_dead_nodes(graph);
    complete_outputs(graph);
    const PlanSettings settings{model->options_, model->threads_, model->packed_};
    FoldingBudget budget;
    fold_constants(graph, [&](const Node& node, const std::vector<const Tensor*>& inputs) {
        return evaluate(node, inputs, settings, budget);
    });
    if (model->options_.optimize) {
        optimize(graph);
        verify(graph);
    }
    model->value_inputs_ = find_value_inputs(graph);
    model->summary_ = summarize(model->info_, graph);
    if (const auto key = fixed_key(graph); key && model->value_inputs_.empty()) {
        static_cast<void>(model->plan(*key));
    }
    // Its target need not outlive the loading.
    model->options_.log = nullptr;
    return model;
}

std::shared_ptr<Plan> Model::plan(const PlanKey& key) const {
    return plans_.find_or_make(key,
                               [&] { return build_plan(graph_, key, value_inputs_, {options_, threads_, packed_}); });
}

void Model::trim() const {
    const ForkGate gate;
    plans_.clear();
}

}  // namespace onecnn::core
