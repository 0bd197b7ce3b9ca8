// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "graph/uses.h"
#include "passes/passes.h"

namespace onecnn::core {

namespace {

bool is_identity(const Node& node, const Uses& uses) {
    if (!node.domain.empty() || node.outputs[0] == ValueId::none) {
        return false;
    }
    if (node.op_type == "Identity") {
        return true;
    }
    const auto unread = [&](ValueId id) { return id == ValueId::none || uses.count(id) == 0; };
    // A Dropout with a training_mode input is left to its operator, which looks at it.
    return node.op_type == "Dropout" && node.inputs.size() < 3 &&
           std::all_of(node.outputs.begin() + 1, node.outputs.end(), unread);
}

}  // namespace

void remove_identities(Graph& graph) {
    const Uses uses(graph);
    std::vector<ValueId> source(graph.value_count());
    for (std::size_t i = 0; i < source.size(); ++i) {
        source[i] = static_cast<ValueId>(i);
    }
    std::vector<bool> is_output(graph.value_count(), false);
    for (const ValueId id : graph.outputs) {
        is_output[static_cast<std::size_t>(id)] = true;
    }
    std::vector<Node> kept;
    for (Node& node : graph.nodes) {
        for (ValueId& id : node.inputs) {
            id = id == ValueId::none ? id : source[static_cast<std::size_t>(id)];
        }
        // An output of the graph keeps its name, and so its node.
        if (is_identity(node, uses) && !is_output[static_cast<std::size_t>(node.outputs[0])]) {
            source[static_cast<std::size_t>(node.outputs[0])] = node.inputs[0];
        } else {
            kept.push_back(std::move(node));
        }
    }
    graph.nodes = std::move(kept);
}

}  // namespace onecnn::core
