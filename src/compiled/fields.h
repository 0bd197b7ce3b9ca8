// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <type_traits>

#include "compiled/format.h"
#include "graph/graph.h"
#include "graph/model_info.h"
#include "runtime/error.h"
#include "runtime/plan_cache.h"

// The members of each struct in a compiled file, in their order, for Writer and Reader alike. They are named by
// structured bindings, so that a member which is added and not written does not compile; `format_version` changes with
// it.

namespace onecnn::core::compiled {

template <typename T, typename Struct>
concept Is = std::same_as<std::remove_const_t<T>, Struct>;

template <typename Archive, Is<Identity> T>
void fields(Archive& archive, T& identity) {
    auto& [library, machine, options, source] = identity;
    archive(library, machine, options, source);
}

template <typename Archive, Is<Blob> T>
void fields(Archive& archive, T& blob) {
    auto& [offset, bytes, checksum] = blob;
    archive(offset, bytes, checksum);
}

template <typename Archive, Is<Form> T>
void fields(Archive& archive, T& form) {
    auto& [constant, begin, name, packed] = form;
    archive(constant, begin, name, packed);
}

template <typename Archive, Is<Way> T>
void fields(Archive& archive, T& way) {
    auto& [node, chosen] = way;
    archive(node, chosen);
}

template <typename Archive, Is<Dim> T>
void fields(Archive& archive, T& dim) {
    auto& [value, symbol] = dim;
    archive(value, symbol);
}

template <typename Archive, Is<ValueType> T>
void fields(Archive& archive, T& type) {
    auto& [dtype, shape, kind, element] = type;
    archive(dtype, shape, kind, element);
}

template <typename Archive, Is<Value> T>
void fields(Archive& archive, T& value) {
    auto& [name, type, constant] = value;
    archive(name, type, constant);
}

template <typename Archive, Is<Activation> T>
void fields(Archive& archive, T& activation) {
    auto& [op_type, alpha, beta] = activation;
    archive(op_type, alpha, beta);
}

template <typename Archive, Is<Node> T>
void fields(Archive& archive, T& node) {
    auto& [name, op_type, domain, opset, inputs, captures, outputs, attributes, addend, activation] = node;
    // Its shape is sure only in the plan that fuses it.
    if (addend) {
        fail(ErrorCode::internal, "a graph that is not a plan's has a node with an addend");
    }
    archive(name, op_type, domain, opset, inputs, captures, outputs, attributes, activation);
}

template <typename Archive, Is<ModelInfo> T>
void fields(Archive& archive, T& info) {
    auto& [ir_version, opset, model_version, file_nodes, parameters, producer_name, producer_version, domain,
           description, metadata] = info;
    archive(ir_version, opset, model_version, file_nodes, parameters, producer_name, producer_version, domain,
            description, metadata);
}

template <typename Archive, Is<PlanKey> T>
void fields(Archive& archive, T& key) {
    auto& [dtypes, shapes, elements] = key;
    archive(dtypes, shapes, elements);
}

}  // namespace onecnn::core::compiled
