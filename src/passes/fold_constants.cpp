// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "passes/passes.h"

namespace onecnn::core {

void fold_constants(Graph& graph, const Evaluate& evaluate) {
    std::vector<Node> kept;
    for (Node& node : graph.nodes) {
        const bool constant = std::ranges::all_of(
            node.inputs, [&](ValueId id) { return id == ValueId::none || graph.constant(id) != nullptr; });
        std::vector<const Tensor*> inputs;
        for (const ValueId id : node.inputs) {
            inputs.push_back(graph.constant(id));
        }
        auto results = constant ? evaluate(node, inputs) : std::nullopt;
        if (!results) {
            kept.push_back(std::move(node));
            continue;
        }
        for (std::size_t i = 0; i < results->size(); ++i) {
            if (node.outputs[i] != ValueId::none) {
                graph.value(node.outputs[i]).constant = std::move((*results)[i]);
            }
        }
    }
    graph.nodes = std::move(kept);
}

}  // namespace onecnn::core
