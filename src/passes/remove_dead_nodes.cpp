// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "passes/passes.h"

namespace onecnn::core {

void remove_dead_nodes(Graph& graph) {
    std::vector<bool> read(graph.value_count(), false);
    const auto mark = [&](ValueId id) {
        if (id != ValueId::none) {
            read[static_cast<std::size_t>(id)] = true;
        }
    };
    std::ranges::for_each(graph.outputs, mark);
    std::vector<Node> kept;
    for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
        const bool alive = std::ranges::any_of(
            node->outputs, [&](ValueId id) { return id != ValueId::none && read[static_cast<std::size_t>(id)]; });
        if (alive) {
            std::ranges::for_each(node->inputs, mark);
            kept.push_back(std::move(*node));
        }
    }
    std::ranges::reverse(kept);
    graph.nodes = std::move(kept);
    for (std::size_t i = 0; i < graph.value_count(); ++i) {
        if (!read[i]) {
            graph.value(static_cast<ValueId>(i)).constant.reset();
        }
    }
}

}  // namespace onecnn::core
