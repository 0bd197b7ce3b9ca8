// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "runtime/plan_builder.h"

namespace onecnn::core {

/// Tries the ways of computing the nodes of a graph, one after another, inside the whole plan for these inputs, and keeps in
/// `settings.ways` those that make it faster. Takes some hundred runs; says in the log how far it is. A plan that is not the whole
/// graph, as shapes depend on elements, is left as it is.
void tune(const Graph& graph, const PlanKey& key, const std::vector<std::size_t>& value_inputs,
          const PlanSettings& settings);

}  // namespace onecnn::core
