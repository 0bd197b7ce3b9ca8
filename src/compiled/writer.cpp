// SPDX-License-Identifier: Apache-2.0
#include "compiled/writer.h"

namespace onecnn::core::compiled {

namespace {

/// By value: whether a node reads it, or the graph gives it.
std::vector<bool> needed(const Graph& graph) {
    std::vector<bool> needed(graph.value_count(), false);
    const auto note = [&needed](const std::vector<ValueId>& ids) {
        for (const ValueId id : ids) {
            if (id != ValueId::none) {
                needed[static_cast<std::size_t>(id)] = true;
            }
        }
    };
    for (const Node& node : graph.nodes) {
        note(node.inputs);
    }
    note(graph.outputs);
    return needed;
}

}  // namespace

void Writer::put(const std::shared_ptr<const ValueType>& element) {
    put(static_cast<std::uint8_t>(element != nullptr));
    if (element) {
        put(*element);
    }
}

void Writer::put(const std::shared_ptr<Subgraph>& subgraph) {
    (*this)(bodies_.at(subgraph.get())->graph(), subgraph->formal_inputs, subgraph->captures);
}

void Writer::put(const Graph& graph) {
    (*this)(graph.name, graph.description, std::uint64_t{graph.value_count()});
    const std::vector<bool> is_needed = needed(graph);
    for (std::size_t i = 0; i < graph.value_count(); ++i) {
        const Value& value = graph.value(static_cast<ValueId>(i));
        // Weights that a rewrite has replaced stay out.
        put(is_needed[i] ? value : Value{value.name, value.type, std::nullopt});
    }
    (*this)(graph.nodes, graph.inputs, graph.outputs);
}

void Writer::put(const Tensor& tensor) {
    (*this)(tensor.dtype(), tensor.shape());
    if (tensor.dtype() == DType::string) {
        for (const std::string& text : tensor.as<std::string>()) {
            put(text);
        }
        return;
    }
    const auto [found, is_new] =
        known_blobs_.try_emplace({tensor.data(), tensor.bytes()}, std::uint64_t{blobs_.size()});
    if (is_new) {
        blobs_.emplace_back(tensor.data(), tensor.bytes());
    }
    put(found->second);
}

}  // namespace onecnn::core::compiled
