// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "passes/passes.h"

namespace onecnn::core {

void chain_concats(Graph& graph) {
    std::map<std::vector<ValueId>, ValueId> joined;  // what is joined already, and as what
    for (Node& node : graph.nodes) {
        if (!node.domain.empty() || node.op_type != "Concat" || node.inputs.size() < 2 ||
            find_attribute<std::int64_t>(node, "axis") != std::int64_t{1}) {
            continue;
        }
        const std::vector<ValueId> all = node.inputs;
        const std::vector<ValueId> before(all.begin(), all.end() - 1);
        const auto found = before.size() < 2 ? joined.end() : joined.find(before);
        if (found != joined.end()) {
            node.inputs = {found->second, all.back()};
        }
        joined.emplace(all, node.outputs[0]);
    }
}

}  // namespace onecnn::core
