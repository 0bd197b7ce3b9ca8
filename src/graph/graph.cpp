// SPDX-License-Identifier: Apache-2.0
#include "graph/graph.h"

#include <utility>

#include "runtime/error.h"

namespace onecnn::core {

ValueId Graph::add_value(Value value) {
    values_.push_back(std::move(value));
    return static_cast<ValueId>(values_.size() - 1);
}

ValueId Graph::add_constant(std::string constant_name, Tensor tensor) {
    Value value{std::move(constant_name), {}, std::nullopt};
    value.type.dtype = tensor.dtype();
    value.type.shape.emplace();
    for (const auto dim : tensor.shape()) {
        value.type.shape->push_back({dim, {}});
    }
    value.constant = std::move(tensor);
    return add_value(std::move(value));
}

const Tensor* Graph::constant(ValueId id) const {
    if (id == ValueId::none) {
        return nullptr;
    }
    const auto& tensor = value(id).constant;
    return tensor ? &*tensor : nullptr;
}

void erase_nodes(std::vector<Node>& nodes, const std::vector<bool>& marked) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!marked[i]) {
            std::swap(nodes[kept++], nodes[i]);
        }
    }
    nodes.resize(kept);
}

std::string describe(const Node& node) {
    const std::string prefix = node.domain.empty() ? "" : node.domain + ".";
    return concat("node '", node.name, "' (", prefix, node.op_type, ", opset ", node.opset, ")");
}

std::string to_string(const ValueType& type) {
    const auto element = [&type] { return type.element ? to_string(*type.element) : std::string("?"); };
    switch (type.kind) {
        case ValueType::Kind::sequence: return concat("sequence of ", element());
        case ValueType::Kind::optional: return concat("optional ", element());
        case ValueType::Kind::map: return concat("map of ", name(type.dtype), " to ", element());
        case ValueType::Kind::tensor: break;
    }
    std::string text{name(type.dtype)};
    if (!type.shape) {
        return text + "[?]";
    }
    text += "[";
    for (std::size_t i = 0; i < type.shape->size(); ++i) {
        const Dim& dim = (*type.shape)[i];
        text += i == 0 ? "" : ", ";
        text += dim.value >= 0 ? std::to_string(dim.value) : dim.symbol.empty() ? "?" : dim.symbol;
    }
    return text + "]";
}

}  // namespace onecnn::core
