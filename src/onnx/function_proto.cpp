// SPDX-License-Identifier: Apache-2.0
#include "onnx/function_proto.h"

#include "runtime/error.h"

namespace onecnn::core::onnx {

std::string normalized_domain(std::string domain) { return domain == "ai.onnx" ? "" : std::move(domain); }

void add_opset(Message proto, Opsets& opsets) {
    std::string domain;
    std::int64_t version = 0;
    while (proto.next()) {
        if (proto.field() == 1) {
            domain = normalized_domain(proto.text());
        } else if (proto.field() == 2) {
            version = proto.integer();
        }
    }
    // skl2onnx writes one twice.
    if (const auto [entry, is_new] = opsets.emplace(domain, version); !is_new && entry->second != version) {
        fail(ErrorCode::invalid_model, "the model imports two operator sets of domain '", domain, "'");
    }
}

void add_function(Message proto, Functions& functions) {
    std::string name;
    std::string domain;
    Function function;
    while (proto.next()) {
        switch (proto.field()) {
            case 1: name = proto.text(); break;
            case 4: function.inputs.push_back(proto.text()); break;
            case 5: function.outputs.push_back(proto.text()); break;
            case 7: function.nodes.push_back(proto.message("NodeProto")); break;
            case 9: add_opset(proto.message("OperatorSetIdProto"), function.opsets); break;
            case 10: domain = normalized_domain(proto.text()); break;
            case 11: function.defaults.push_back(proto.message("AttributeProto")); break;
            default: break;
        }
    }
    const std::string what = concat("function '", domain, "'.'", name, "'");
    if (!functions.emplace(std::pair(std::move(domain), std::move(name)), std::move(function)).second) {
        fail(ErrorCode::invalid_model, "the model defines ", what, " twice");
    }
}

}  // namespace onecnn::core::onnx
