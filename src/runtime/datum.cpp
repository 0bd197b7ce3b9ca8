// SPDX-License-Identifier: Apache-2.0
#include "runtime/datum.h"

#include "runtime/error.h"

namespace onecnn::core {

namespace {

std::size_t bytes_of(const Tensor& tensor) {
    std::size_t bytes = tensor.bytes();
    if (tensor.dtype() == DType::string) {
        for (const std::string& text : tensor.as<std::string>()) {
            bytes += text.size();
        }
    }
    return bytes;
}

}  // namespace

std::size_t Datum::bytes() const {
    if (const Tensor* held = tensor()) {
        return bytes_of(*held);
    }
    if (const Map* held = map()) {
        return bytes_of(held->keys) + bytes_of(held->values);
    }
    std::size_t bytes = 0;
    if (const Sequence* held = sequence()) {
        for (const Datum& item : *held) {
            bytes += sizeof(Datum) + item.bytes();
        }
    }
    return bytes;
}

std::string describe(const Datum& datum) {
    if (const Tensor* tensor = datum.tensor()) {
        return concat(name(tensor->dtype()), to_string(tensor->shape()));
    }
    if (const Sequence* sequence = datum.sequence()) {
        return concat("a sequence of ", sequence->size());
    }
    if (const Map* map = datum.map()) {
        return concat("a map of ", map->keys.size());
    }
    return "nothing";
}

}  // namespace onecnn::core
