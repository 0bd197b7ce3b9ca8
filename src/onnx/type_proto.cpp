// SPDX-License-Identifier: Apache-2.0
#include "onnx/type_proto.h"

#include <utility>

#include "graph/element_type.h"
#include "runtime/error.h"

namespace onecnn::core::onnx {

namespace {

Dim read_dim(Message proto, const std::string& what) {
    Dim dim;
    while (proto.next()) {
        if (proto.field() == 1) {
            dim.value = proto.integer();
            // Exporters write −1 where they mean a dimension that is not fixed.
            if (dim.value < -1) {
                fail(ErrorCode::invalid_model, what, " declares a dimension of ", dim.value);
            }
        } else if (proto.field() == 2) {
            dim.symbol = proto.text();
        }
    }
    return dim;
}

std::vector<Dim> read_shape(Message proto, const std::string& what) {
    std::vector<Dim> dims;
    while (proto.next()) {
        if (proto.field() != 1) {
            continue;
        }
        if (dims.size() == max_rank) {
            fail(ErrorCode::invalid_model, what, " declares more than ", max_rank, " dimensions");
        }
        dims.push_back(read_dim(proto.message("TensorShapeProto.Dimension"), what));
    }
    return dims;
}

ValueType read_tensor_type(Message proto, const std::string& what) {
    ValueType type;
    while (proto.next()) {
        if (proto.field() == 1) {
            type.dtype = element_type(proto.integer(), what);
        } else if (proto.field() == 2) {
            type.shape = read_shape(proto.message("TensorShapeProto"), what);
        }
    }
    return type;
}

/// The types inside types that a file may nest.
constexpr int max_depth = 8;

ValueType read_type(Message proto, const std::string& what, int depth = 0);

/// A sequence, map or optional; `element_field` is where the type inside it is.
ValueType read_container(ValueType::Kind kind, Message proto, std::uint32_t element_field, const std::string& what,
                         int depth) {
    if (depth == max_depth) {
        fail(ErrorCode::resource_limit, what, " declares a type of more than ", max_depth, " types inside each other");
    }
    ValueType type;
    type.kind = kind;
    while (proto.next()) {
        if (proto.field() == element_field) {
            type.element = std::make_shared<const ValueType>(read_type(proto.message("TypeProto"), what, depth + 1));
        } else if (proto.field() == 1) {
            type.dtype = element_type(proto.integer(), what);
        }
    }
    return type;
}

ValueType read_type(Message proto, const std::string& what, int depth) {
    ValueType type;
    while (proto.next()) {
        switch (proto.field()) {
            case 1: type = read_tensor_type(proto.message("TypeProto.Tensor"), what); break;
            case 4:
                type = read_container(ValueType::Kind::sequence, proto.message("TypeProto.Sequence"), 1, what, depth);
                break;
            case 5: type = read_container(ValueType::Kind::map, proto.message("TypeProto.Map"), 2, what, depth); break;
            case 7: fail(ErrorCode::unsupported_operator, what, " is an opaque value, which is not supported");
            case 8: fail(ErrorCode::unsupported_operator, what, " is a sparse tensor, which is not supported");
            case 9:
                type = read_container(ValueType::Kind::optional, proto.message("TypeProto.Optional"), 1, what, depth);
                break;
            default: break;
        }
    }
    return type;
}

}  // namespace

std::string value_name(Message proto) {
    std::string name;
    while (proto.next()) {
        if (proto.field() == 1) {
            name = proto.text();
        }
    }
    return name;
}

ValueInfo read_value_info(Message proto, const std::string& role) {
    ValueInfo info{value_name(proto), {}};
    if (info.name.empty()) {
        fail(ErrorCode::invalid_model, "a graph's ", role, " has no name");
    }
    while (proto.next()) {
        if (proto.field() == 2) {
            info.type = read_type(proto.message("TypeProto"), concat(role, " '", info.name, "'"));
        }
    }
    return info;
}

}  // namespace onecnn::core::onnx
