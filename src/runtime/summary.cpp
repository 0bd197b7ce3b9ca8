// SPDX-License-Identifier: Apache-2.0
#include "runtime/summary.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "runtime/error.h"

namespace onecnn::core {

namespace {

void list_values(std::ostringstream& out, const Graph& graph, const char* title, const std::vector<ValueId>& ids) {
    for (const ValueId id : ids) {
        out << title << " " << graph.value(id).name << ": " << to_string(graph.value(id).type) << "\n";
    }
}

void list_weights(std::ostringstream& out, const Graph& graph, const Node& node) {
    for (const ValueId id : node.inputs) {
        if (const Tensor* tensor = graph.constant(id)) {
            out << " " << to_string(tensor->shape());
        }
    }
}

}  // namespace

std::string summarize(const ModelInfo& info, const Graph& graph) {
    std::ostringstream out;
    out << "graph '" << graph.name << "', opset " << info.opset << ", " << info.parameters << " parameters, "
        << graph.nodes.size() << " of " << info.file_nodes << " nodes run\n";
    list_values(out, graph, "input ", graph.inputs);
    list_values(out, graph, "output", graph.outputs);
    std::size_t width = 4;
    for (const Node& node : graph.nodes) {
        width = std::max(width, node.name.size());
    }
    for (const Node& node : graph.nodes) {
        const std::string op = node.activation ? concat(node.op_type, " + ", node.activation->op_type) : node.op_type;
        out << std::left << std::setw(static_cast<int>(width)) << node.name << "  " << std::setw(24) << op << " ";
        list_weights(out, graph, node);
        out << "\n";
    }
    return std::move(out).str();
}

}  // namespace onecnn::core
