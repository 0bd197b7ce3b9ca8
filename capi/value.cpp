// SPDX-License-Identifier: Apache-2.0
#include <onecnn/onecnn.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "guard.h"
#include "handles.h"
#include "strided.h"
#include "tensor_arguments.h"

using namespace onecnn;
using capi::guard;
using capi::require;

namespace {

core::Tensor wrapped(core::DType dtype, core::ShapeView dims, std::shared_ptr<std::byte> storage, std::size_t bytes,
                     const int64_t* strides) {
    core::Shape shape(dims.begin(), dims.end());
    const std::size_t needed = core::byte_count(dtype, dims);
    if (needed != 0) {
        require(storage.get(), "data");
        capi::require_aligned(dtype, storage.get());
    }
    const core::ShapeView steps(strides, strides == nullptr ? 0 : dims.size());
    if (strides != nullptr && !capi::is_row_major(dims, steps)) {
        core::Tensor copy(dtype, std::move(shape));
        capi::copy_strided(dtype, dims, steps, storage.get(), bytes, copy.data());
        return copy;
    }
    if (bytes < needed) {
        core::fail(core::ErrorCode::invalid_argument, "data has ", bytes, " bytes, ", core::name(dtype),
                   core::to_string(dims), " takes ", needed);
    }
    return {dtype, std::move(shape), std::move(storage)};
}

const core::Tensor* tensor_of(const onecnn_value* value) { return value == nullptr ? nullptr : value->datum.tensor(); }

/// Null where there are no elements that lie in memory as they are.
const core::Tensor* plain_tensor_of(const onecnn_value* value) {
    return value != nullptr && value->datum.is_plain() ? value->datum.tensor() : nullptr;
}

std::string& string_at(const onecnn_value* value, std::size_t index) {
    require(value, "value");
    const core::Tensor* tensor = value->datum.tensor();
    if (tensor == nullptr || tensor->dtype() != core::DType::string ||
        index >= static_cast<std::size_t>(tensor->size())) {
        core::fail(core::ErrorCode::invalid_argument, "string ", index, " of ", core::describe(value->datum));
    }
    return reinterpret_cast<std::string*>(tensor->storage().get())[index];
}

const core::Map& map_of(const onecnn_value* value) {
    require(value, "value");
    const core::Map* map = value->datum.map();
    if (map == nullptr) {
        core::fail(core::ErrorCode::invalid_argument, "a map is expected, the value is ", core::describe(value->datum));
    }
    return *map;
}

void give(core::Datum datum, onecnn_value** out) { *out = std::make_unique<onecnn_value>(std::move(datum)).release(); }

}  // namespace

onecnn_status onecnn_value_create(onecnn_dtype dtype, int64_t rank, const int64_t* dims, onecnn_value** out) {
    return guard([&] {
        require(out, "out");
        const core::DType type = dtype == ONECNN_DTYPE_STRING ? core::DType::string : capi::checked_dtype(dtype);
        const core::ShapeView shape = capi::checked_dims(rank, dims);
        core::Tensor tensor(type, core::Shape(shape.begin(), shape.end()));
        if (type != core::DType::string && tensor.bytes() != 0) {
            std::memset(tensor.data(), 0, tensor.bytes());
        }
        *out = std::make_unique<onecnn_value>(std::move(tensor)).release();
    });
}

onecnn_status onecnn_value_wrap(onecnn_dtype dtype, int64_t rank, const int64_t* dims, void* data, size_t bytes,
                                const int64_t* strides, onecnn_release_callback release, void* user,
                                onecnn_value** out) {
    return guard([&] {
        // Before any check, so that a failure releases the memory too.
        std::shared_ptr<std::byte> storage(static_cast<std::byte*>(data), [release, user](std::byte*) {
            if (release != nullptr) {
                release(user);
            }
        });
        require(out, "out");
        const core::DType type = capi::checked_dtype(dtype);
        const core::ShapeView shape = capi::checked_dims(rank, dims);
        auto tensor = wrapped(type, shape, std::move(storage), bytes, strides);
        *out = std::make_unique<onecnn_value>(std::move(tensor)).release();
    });
}

onecnn_value* onecnn_value_retain(onecnn_value* value) { return capi::retain(value); }

void onecnn_value_release(onecnn_value* value) { capi::release(value); }

int32_t onecnn_value_kind(const onecnn_value* value) {
    if (value == nullptr) {
        return ONECNN_KIND_UNKNOWN;
    }
    return value->datum.tensor() != nullptr     ? ONECNN_KIND_TENSOR
           : value->datum.sequence() != nullptr ? ONECNN_KIND_SEQUENCE
           : value->datum.map() != nullptr      ? ONECNN_KIND_MAP
                                                : ONECNN_KIND_OPTIONAL;
}

onecnn_dtype onecnn_value_dtype(const onecnn_value* value) {
    const core::Tensor* tensor = tensor_of(value);
    return tensor == nullptr ? ONECNN_DTYPE_UNDEFINED : static_cast<onecnn_dtype>(tensor->dtype());
}

int64_t onecnn_value_rank(const onecnn_value* value) {
    const core::Tensor* tensor = tensor_of(value);
    return tensor == nullptr ? -1 : static_cast<int64_t>(tensor->shape().size());
}

const int64_t* onecnn_value_dims(const onecnn_value* value) {
    const core::Tensor* tensor = tensor_of(value);
    return tensor == nullptr ? nullptr : tensor->shape().data();
}

void* onecnn_value_data(const onecnn_value* value) {
    const core::Tensor* tensor = plain_tensor_of(value);
    // The elements are shared, not the handle's own: a handle that may not change still lends them for writing.
    return tensor == nullptr ? nullptr : tensor->storage().get();
}

size_t onecnn_value_bytes(const onecnn_value* value) {
    const core::Tensor* tensor = plain_tensor_of(value);
    return tensor == nullptr ? 0 : tensor->bytes();
}

onecnn_status onecnn_value_string_get(const onecnn_value* value, size_t index, const char** text, size_t* bytes) {
    return guard([&] {
        require(text, "text");
        require(bytes, "bytes");
        const std::string& element = string_at(value, index);
        *text = element.c_str();
        *bytes = element.size();
    });
}

onecnn_status onecnn_value_string_set(onecnn_value* value, size_t index, const char* text, size_t bytes) {
    return guard([&] {
        if (bytes != 0) {
            require(text, "text");
        }
        string_at(value, index).assign(bytes == 0 ? "" : text, bytes);
    });
}

onecnn_status onecnn_value_create_sequence(onecnn_value* const* items, size_t count, onecnn_value** out) {
    return guard([&] {
        require(out, "out");
        if (count != 0) {
            require(items, "items");
        }
        core::Sequence sequence;
        for (std::size_t i = 0; i < count; ++i) {
            require(items[i], "an item");
            sequence.push_back(items[i]->datum);
        }
        give(std::move(sequence), out);
    });
}

onecnn_status onecnn_value_create_map(onecnn_value* keys, onecnn_value* values, onecnn_value** out) {
    return guard([&] {
        require(keys, "keys");
        require(values, "values");
        require(out, "out");
        const core::Tensor* key = keys->datum.tensor();
        const core::Tensor* value = values->datum.tensor();
        if (key == nullptr || value == nullptr || key->shape().size() != 1 || key->shape() != value->shape() ||
            (key->dtype() != core::DType::int64 && key->dtype() != core::DType::string)) {
            core::fail(core::ErrorCode::invalid_argument, "a map takes keys, int64 or strings, and as many values, ",
                       "both of rank 1; ", core::describe(keys->datum), " and ", core::describe(values->datum),
                       " were given");
        }
        give(core::Map{*key, *value}, out);
    });
}

onecnn_status onecnn_value_create_nothing(onecnn_value** out) {
    return guard([&] {
        require(out, "out");
        give(core::Datum(), out);
    });
}

size_t onecnn_value_count(const onecnn_value* value) {
    const core::Sequence* sequence = value == nullptr ? nullptr : value->datum.sequence();
    return sequence == nullptr ? 0 : sequence->size();
}

onecnn_status onecnn_value_at(const onecnn_value* value, size_t index, onecnn_value** out) {
    return guard([&] {
        require(value, "value");
        require(out, "out");
        const core::Sequence* sequence = value->datum.sequence();
        if (sequence == nullptr || index >= sequence->size()) {
            core::fail(core::ErrorCode::invalid_argument, "item ", index, " of ", core::describe(value->datum));
        }
        give((*sequence)[index], out);
    });
}

onecnn_status onecnn_value_map_keys(const onecnn_value* value, onecnn_value** out) {
    return guard([&] {
        require(out, "out");
        give(map_of(value).keys, out);
    });
}

onecnn_status onecnn_value_map_values(const onecnn_value* value, onecnn_value** out) {
    return guard([&] {
        require(out, "out");
        give(map_of(value).values, out);
    });
}
