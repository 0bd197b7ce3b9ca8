// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "runtime/datum.h"
#include "runtime/plan_builder.h"
#include "runtime/plan_cache.h"

namespace onecnn::core {

class Program;

/// The programs of a model's subgraphs.
using Bodies = std::map<const Subgraph*, std::unique_ptr<const Program>>;

/// What one run of a model shares with all that runs in it.
struct RunScope {
    const Bodies& bodies;
    const Options& options;
    const StopCondition& stop;
    StepTimes* times = nullptr;  ///< gets what each step took where it is not null
    int depth = 0;               ///< programs that run inside each other

    /// The scope of a program inside; ResourceLimit where there are more than the stack is sure to bear.
    [[nodiscard]] RunScope inside() const;
};

/// A graph and its plans: what a model runs, or a subgraph, or the rest of either once a shape is known. Thread-safe.
class Program {
public:
    /// `level`: see build_plan. At most `plan_bytes` are kept in plans.
    Program(Graph graph, const PlanSettings& settings, std::int64_t plan_bytes, int level = 0);

    [[nodiscard]] const Graph& graph() const { return graph_; }

    /// The inputs whose elements, not only their shape, decide a plan (shapes given as tensors), by index.
    [[nodiscard]] const std::vector<std::size_t>& value_inputs() const { return value_inputs_; }

    /// The plan for these inputs, made when it is not kept.
    [[nodiscard]] std::shared_ptr<Plan> plan(const PlanKey& key) const;

    /// Runs the graph; what it gives are values of their own. An input that is bound to memory outside must not change meanwhile.
    [[nodiscard]] std::vector<Datum> run(std::vector<Datum> inputs, const RunScope& scope) const;
    /// The same by the plan for these inputs.
    [[nodiscard]] std::vector<Datum> run(Plan& plan, std::vector<Datum> inputs, const RunScope& scope) const;

    /// The keys of the plans that are kept, the latest used first.
    [[nodiscard]] std::vector<PlanKey> plan_keys() const { return plans_.keys(); }

    [[nodiscard]] PlanCache::Figures figures() const { return plans_.figures(); }
    [[nodiscard]] std::size_t plan_bytes() const { return static_cast<std::size_t>(plans_.figures().bytes); }

    /// Drops every plan that no run holds.
    void trim() const { plans_.clear(); }

private:
    Graph graph_;
    PlanSettings settings_;
    int level_;
    std::vector<std::size_t> value_inputs_;
    mutable PlanCache plans_;
};

/// What follows a plan's region: nodes that work on values, and the rest of the graph, which had to wait for shapes.
struct Continuation {
    /// Where a graph's output comes from: a value of this graph, or an output of the rest.
    struct Output {
        ValueId value = ValueId::none;
        std::size_t rest = 0;
    };

    const Graph& graph;
    std::vector<ValueId> region_outputs;
    std::vector<std::pair<ValueId, Tensor>> known;  ///< what the nodes read that is known before the run
    std::vector<const Node*> nodes;
    std::unique_ptr<const Program> rest;  ///< null where nothing is left
    std::vector<ValueId> rest_inputs;
    std::vector<Output> outputs;
};

/// What `execute` of a node's operator makes of these inputs, an absent one being null.
[[nodiscard]] std::vector<Datum> execute_node(const Node& node, const std::vector<const Datum*>& inputs,
                                              const RunScope& scope);

}  // namespace onecnn::core
