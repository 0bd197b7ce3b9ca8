// SPDX-License-Identifier: Apache-2.0
#include <onecnn/onecnn.h>

#include <cstddef>
#include <cstring>
#include <memory>
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

}  // namespace

onecnn_status onecnn_value_create(onecnn_dtype dtype, int64_t rank, const int64_t* dims, onecnn_value** out) {
    return guard([&] {
        require(out, "out");
        const core::DType type = capi::checked_dtype(dtype);
        const core::ShapeView shape = capi::checked_dims(rank, dims);
        core::Tensor tensor(type, core::Shape(shape.begin(), shape.end()));
        if (tensor.bytes() != 0) {
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
    return value == nullptr ? ONECNN_KIND_UNKNOWN : ONECNN_KIND_TENSOR;
}

onecnn_dtype onecnn_value_dtype(const onecnn_value* value) {
    return value == nullptr ? ONECNN_DTYPE_UNDEFINED : static_cast<onecnn_dtype>(value->tensor.dtype());
}

int64_t onecnn_value_rank(const onecnn_value* value) {
    return value == nullptr ? -1 : static_cast<int64_t>(value->tensor.shape().size());
}

const int64_t* onecnn_value_dims(const onecnn_value* value) {
    return value == nullptr ? nullptr : value->tensor.shape().data();
}

void* onecnn_value_data(const onecnn_value* value) {
    // The elements are shared, not the handle's own: a handle that may not change still lends them for writing.
    return value == nullptr ? nullptr : value->tensor.storage().get();
}

size_t onecnn_value_bytes(const onecnn_value* value) { return value == nullptr ? 0 : value->tensor.bytes(); }
