// SPDX-License-Identifier: Apache-2.0
#include "onnx/node_proto.h"

#include <utility>

#include "runtime/error.h"

namespace onecnn::core::onnx {

namespace {

constexpr std::uint32_t attribute_field = 5;

NamedNode read_names(Message proto) {
    NamedNode named;
    while (proto.next()) {
        switch (proto.field()) {
            case 1: named.inputs.push_back(proto.text()); break;
            case 2: named.outputs.push_back(proto.text()); break;
            case 3: named.node.name = proto.text(); break;
            case 4: named.node.op_type = proto.text(); break;
            case 7: named.node.domain = normalized_domain(proto.text()); break;
            default: break;
        }
    }
    return named;
}

void resolve(Node& node, const Opsets& opsets) {
    const auto opset = opsets.find(node.domain);
    if (opset == opsets.end()) {
        fail(ErrorCode::invalid_model, "node '", node.name, "' (", node.op_type, ") is of domain '", node.domain,
             "', of which the model imports no operator set");
    }
    node.opset = opset->second;
}

}  // namespace

NamedNode read_node(Message proto, std::int64_t index, const Opsets& opsets, const AttributeSource& source) {
    NamedNode named = read_names(proto);
    Node& node = named.node;
    if (node.op_type.empty()) {
        fail(ErrorCode::invalid_model, "node ", index, " ('", node.name, "') names no operator");
    }
    if (node.name.empty()) {
        node.name = concat(node.op_type, "_", index);
    }
    resolve(node, opsets);
    while (proto.next()) {
        if (proto.field() != attribute_field) {
            continue;
        }
        auto attribute = read_attribute(proto.message("AttributeProto"), node, source);
        if (!attribute || attribute->first.starts_with("onecnn.")) {  // those of adapters, which no file may set
            continue;
        }
        const auto [entry, added] = node.attributes.insert(*std::move(attribute));
        if (!added) {
            fail(ErrorCode::invalid_model, describe(node), " has attribute '", entry->first, "' twice");
        }
    }
    return named;
}

std::vector<std::string> output_names(Message proto) { return read_names(proto).outputs; }

}  // namespace onecnn::core::onnx
