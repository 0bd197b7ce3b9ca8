// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "graph/attributes.h"
#include "graph/uses.h"
#include "passes/passes.h"

namespace onecnn::core {

namespace {

/// The permutation of a Transpose that says it, and is one; nothing for other nodes.
std::optional<Shape> permutation_of(const Node& node) {
    if (!node.domain.empty() || node.op_type != "Transpose") {
        return std::nullopt;
    }
    auto permutation = find_attribute<Shape>(node, "perm");
    if (!permutation) {
        return std::nullopt;
    }
    Shape sorted = *permutation;
    std::ranges::sort(sorted);
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        if (sorted[i] != static_cast<std::int64_t>(i)) {
            return std::nullopt;
        }
    }
    return permutation;
}

}  // namespace

void merge_transposes(Graph& graph) {
    const Uses uses(graph);
    for (Node& node : graph.nodes) {
        auto permutation = permutation_of(node);
        const auto producer = permutation ? uses.producer(node.inputs[0]) : std::nullopt;
        const auto before = producer ? permutation_of(graph.nodes[*producer]) : std::nullopt;
        if (!before || before->size() != permutation->size()) {
            continue;
        }
        for (std::int64_t& axis : *permutation) {
            axis = (*before)[static_cast<std::size_t>(axis)];
        }
        node.inputs[0] = graph.nodes[*producer].inputs[0];
        if (std::ranges::is_sorted(*permutation)) {
            node.op_type = "Identity";
            node.attributes.clear();
        } else {
            node.attributes.insert_or_assign("perm", *std::move(permutation));
        }
    }
    remove_identities(graph);
    remove_dead_nodes(graph);
}

}  // namespace onecnn::core
