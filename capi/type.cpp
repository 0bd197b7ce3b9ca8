// SPDX-License-Identifier: Apache-2.0
#include <onecnn/onecnn.h>

#include <cstddef>

#include "handles.h"

namespace {

const onecnn::core::Dim* dim_at(const onecnn_type* type, int64_t axis) {
    if (type == nullptr || !type->type->shape || axis < 0) {
        return nullptr;
    }
    const auto& dims = *type->type->shape;
    const auto index = static_cast<std::size_t>(axis);
    return index < dims.size() ? &dims[index] : nullptr;
}

}  // namespace

int32_t onecnn_type_kind(const onecnn_type* type) {
    if (type == nullptr) {
        return ONECNN_KIND_UNKNOWN;
    }
    switch (type->type->kind) {
        case onecnn::core::ValueType::Kind::tensor: return ONECNN_KIND_TENSOR;
        case onecnn::core::ValueType::Kind::sequence: return ONECNN_KIND_SEQUENCE;
        case onecnn::core::ValueType::Kind::map: return ONECNN_KIND_MAP;
        case onecnn::core::ValueType::Kind::optional: return ONECNN_KIND_OPTIONAL;
    }
    return ONECNN_KIND_UNKNOWN;
}

onecnn_dtype onecnn_type_dtype(const onecnn_type* type) {
    return type == nullptr ? ONECNN_DTYPE_UNDEFINED : static_cast<onecnn_dtype>(type->type->dtype);
}

int64_t onecnn_type_rank(const onecnn_type* type) {
    return type == nullptr || !type->type->shape ? -1 : static_cast<int64_t>(type->type->shape->size());
}

int64_t onecnn_type_dim(const onecnn_type* type, int64_t axis) {
    const auto* dim = dim_at(type, axis);
    return dim == nullptr ? -1 : dim->value;
}

const char* onecnn_type_dim_name(const onecnn_type* type, int64_t axis) {
    const auto* dim = dim_at(type, axis);
    return dim == nullptr || dim->symbol.empty() ? nullptr : dim->symbol.c_str();
}

const onecnn_type* onecnn_type_element(const onecnn_type* type) {
    return type == nullptr ? nullptr : type->element.get();
}
