// SPDX-License-Identifier: Apache-2.0
#include "onnx/attribute_proto.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/error.h"

namespace onecnn::core::onnx {

namespace {

/// AttributeProto.AttributeType.
enum class Type : std::int64_t {
    real = 1,
    integer = 2,
    text = 3,
    tensor = 4,
    graph = 5,
    reals = 6,
    integers = 7,
    texts = 8,
    type = 13,
};

struct Fields {
    std::string name;
    std::int64_t type = 0;
    float f = 0;
    std::int64_t i = 0;
    std::string s;
    std::optional<Message> t;
    std::optional<Message> g;
    std::vector<float> floats;
    std::vector<std::int64_t> ints;
    std::vector<std::string> strings;
    std::string refers_to;
};

Fields scan(Message proto) {
    Fields fields;
    while (proto.next()) {
        switch (proto.field()) {
            case 1: fields.name = proto.text(); break;
            case 2: fields.f = proto.real(); break;
            case 3: fields.i = proto.integer(); break;
            case 4: fields.s = proto.text(); break;
            case 5: fields.t = proto.message("TensorProto"); break;
            case 6: fields.g = proto.message("GraphProto"); break;
            case 7: proto.reals<float>([&](float element) { fields.floats.push_back(element); }); break;
            case 8: proto.integers([&](std::int64_t element) { fields.ints.push_back(element); }); break;
            case 9: fields.strings.push_back(proto.text()); break;
            case 20: fields.type = proto.integer(); break;
            case 21: fields.refers_to = proto.text(); break;
            default: break;
        }
    }
    return fields;
}

std::string_view unsupported_type(std::int64_t type) {
    switch (type) {
        case 9: return "a list of tensors";
        case 10: return "a list of subgraphs";
        case 11: return "a sparse tensor";
        case 12: return "a list of sparse tensors";
        case 14: return "a list of types";
        default: return "";
    }
}

}  // namespace

std::optional<std::pair<std::string, Attribute>> read_attribute(Message proto, const Node& node,
                                                                const AttributeSource& source) {
    Fields fields = scan(proto);
    if (fields.name.empty()) {
        fail(ErrorCode::invalid_model, describe(node), " has an attribute without a name");
    }
    const std::string what = concat(describe(node), ": attribute '", fields.name, "'");
    if (!fields.refers_to.empty()) {
        if (source.call == nullptr) {
            fail(ErrorCode::invalid_model, what, " refers to a function's attribute outside any function");
        }
        const auto found = source.call->find(fields.refers_to);
        return found == source.call->end() ? std::nullopt : std::optional(std::pair(fields.name, found->second));
    }
    const auto value = [&](auto held) { return std::pair(std::move(fields.name), Attribute(std::move(held))); };
    switch (static_cast<Type>(fields.type)) {
        case Type::real: return value(fields.f);
        case Type::integer: return value(fields.i);
        case Type::text: return value(std::move(fields.s));
        case Type::reals: return value(std::move(fields.floats));
        case Type::integers: return value(std::move(fields.ints));
        case Type::texts: return value(std::move(fields.strings));
        case Type::type: return std::nullopt;
        case Type::tensor:
            if (!fields.t) {
                fail(ErrorCode::invalid_model, what, " is of type tensor and holds none");
            }
            return value(source.call == nullptr ? source.tensors.read(*fields.t, what)
                                                : source.tensors.read_again(*fields.t, what));
        case Type::graph:
            if (!fields.g) {
                fail(ErrorCode::invalid_model, what, " is of type graph and holds none");
            }
            return value(source.read_subgraph(*fields.g));
    }
    if (const auto kind = unsupported_type(fields.type); !kind.empty()) {
        fail(ErrorCode::unsupported_operator, what, " is ", kind, ", which is not supported");
    }
    fail(ErrorCode::invalid_model, what, " has type ", fields.type, ", which is none of ONNX");
}

}  // namespace onecnn::core::onnx
