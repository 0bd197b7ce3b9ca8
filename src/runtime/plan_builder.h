// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "runtime/options.h"
#include "runtime/packed_weights.h"
#include "runtime/plan_cache.h"
#include "runtime/ways.h"

namespace onecnn::core {

/// What plans are made with. It outlives them.
struct PlanSettings {
    const Options& options;
    int threads;
    PackedWeights& packed;
    Ways& ways;
};

/// How often the rest of a graph may wait for elements that decide shapes. A file cannot ask for more of the stack.
inline constexpr int max_levels = 256;

/// Makes the plan of a graph for these inputs; the graph outlives it. `value_inputs` are the indices of the inputs whose elements
/// the key has. `level` counts how often what is left of a graph was left already. Throws Error when the shapes contradict the
/// graph.
[[nodiscard]] std::shared_ptr<Plan> build_plan(const Graph& graph, const PlanKey& key,
                                               const std::vector<std::size_t>& value_inputs,
                                               const PlanSettings& settings, int level = 0);

/// The bytes that folding may still turn into constants, and the work that it may still do, as Step counts it. They bound what a
/// small file can make a load take.
struct FoldingBudget {
    std::size_t bytes = std::size_t{256} << 20;
    std::int64_t work = 4'000'000'000;
    std::size_t value_bytes =
        64 * 1024;  ///< of the inputs of an operator that works on values, whose work is not known
};

/// What a node gives for constant inputs, an absent optional one being null; nothing, with nothing computed, when it passes the
/// budget, which it is taken from.
[[nodiscard]] std::optional<std::vector<Tensor>> evaluate(const Node& node, const std::vector<const Tensor*>& inputs,
                                                          const PlanSettings& settings, FoldingBudget& budget);

}  // namespace onecnn::core
