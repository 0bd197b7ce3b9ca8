// SPDX-License-Identifier: Apache-2.0
#include "graph/uses.h"

namespace onecnn::core {

Uses::Uses(const Graph& graph) : producers_(graph.value_count()), counts_(graph.value_count(), 0) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        for (const ValueId id : graph.nodes[i].outputs) {
            if (id != ValueId::none) {
                producers_[static_cast<std::size_t>(id)] = i;
            }
        }
        for (const ValueId id : graph.nodes[i].inputs) {
            if (id != ValueId::none) {
                ++counts_[static_cast<std::size_t>(id)];
            }
        }
    }
    for (const ValueId id : graph.outputs) {
        ++counts_[static_cast<std::size_t>(id)];
    }
}

}  // namespace onecnn::core
