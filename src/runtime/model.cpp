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

/// Whether a run could ask for the plan of this key: a file may hold any.
bool may_be_asked_for(const Program& program, const PlanKey& key) {
    const Graph& graph = program.graph();
    if (key.dtypes.size() != graph.inputs.size() || key.shapes.size() != graph.inputs.size() ||
        key.elements.size() != program.value_inputs().size()) {
        return false;
    }
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
        const ValueType& type = graph.value(graph.inputs[i]).type;
        const auto fits = [](const Dim& declared, std::int64_t dim) {
            return dim >= 0 && (declared.value < 0 || declared.value == dim);
        };
        if (type.kind != ValueType::Kind::tensor || type.dtype != key.dtypes[i] || bits(type.dtype) == 0 ||
            !type.shape || !std::ranges::equal(*type.shape, key.shapes[i], fits)) {
            return false;
        }
    }
    return std::ranges::equal(key.elements, program.value_inputs(), [&key](const Tensor& elements, std::size_t input) {
        return elements.dtype() == key.dtypes[input] && elements.shape() == key.shapes[input];
    });
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
    fold_constants(graph, [&](const Node& node, const std::vector<const Tensor*>& inputs) {
        return evaluate(node, inputs, settings(), budget);
    });
    if (options_.optimize) {
        optimize(graph);
        verify(graph);
    }
    for (Node& node : graph.nodes) {
        for_each_subgraph(node, [&](Subgraph& subgraph) {
            give_constants(graph, node, subgraph);
            prepare(subgraph.graph, budget);
            add_body(subgraph);
        });
    }
}

void Model::adopt(Graph& graph) {
    verify(graph);
    check_operators(graph);
    complete_outputs(graph);
    for (Node& node : graph.nodes) {
        for_each_subgraph(node, [&](Subgraph& subgraph) {
            adopt(subgraph.graph);
            add_body(subgraph);
        });
    }
}

void Model::add_body(Subgraph& subgraph) {
    bodies_.emplace(&subgraph, std::make_unique<const Program>(std::move(subgraph.graph), settings(),
                                                               options_.limits.plan_bytes / 16));
}

void Model::finish(Graph graph, const std::vector<PlanKey>& plans) {
    summary_ = summarize(info_, graph);
    program_ = std::make_unique<const Program>(std::move(graph), settings(), options_.limits.plan_bytes);
    for (const PlanKey& key : plans) {
        if (may_be_asked_for(*program_, key)) {
            static_cast<void>(program_->plan(key));
        }
    }
    // Its target need not outlive the loading.
    options_.log = nullptr;
}

std::shared_ptr<const Model> Model::create(ParsedModel parsed, Options options) {
    const ForkGate gate;
    std::shared_ptr<Model> model(new Model(std::move(parsed.info), std::move(options)));
    FoldingBudget budget;
    Graph graph = std::move(parsed.graph);
    model->prepare(graph, budget);
    std::vector<PlanKey> plans;
    if (auto key = fixed_key(graph)) {
        plans.push_back(*std::move(key));
    }
    model->finish(std::move(graph), plans);
    return model;
}

std::shared_ptr<const Model> Model::create(CompiledModel compiled, Options options) {
    const ForkGate gate;
    std::shared_ptr<Model> model(new Model(std::move(compiled.parsed.info), std::move(options)));
    for (const auto& [begin, original] : compiled.originals) {
        model->packed_.distrust(begin, original);
    }
    for (PackedWeights::Form& form : compiled.forms) {
        model->packed_.offer(std::move(form));
    }
    model->ways_.set_chosen(std::move(compiled.ways));
    Graph graph = std::move(compiled.parsed.graph);
    model->adopt(graph);
    model->finish(std::move(graph), compiled.plans);
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
