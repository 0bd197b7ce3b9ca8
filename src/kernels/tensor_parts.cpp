// SPDX-License-Identifier: Apache-2.0
#include "kernels/tensor_parts.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "runtime/error.h"

namespace onecnn::core {

namespace {

/// Bytes of one element that can be copied by itself.
std::size_t element_bytes(DType dtype) {
    if (dtype != DType::string && (bits(dtype) == 0 || bits(dtype) % 8 != 0)) {
        fail(ErrorCode::unsupported_operator, "elements of ", name(dtype),
             ", which are smaller than a byte, are to be ", "moved one by one, which is not supported");
    }
    return dtype == DType::string ? sizeof(std::string) : static_cast<std::size_t>(bits(dtype)) / 8;
}

/// Copies `count` elements from place `from` of one tensor to place `to` of another of the same dtype.
void copy_elements(const Tensor& source, std::int64_t from, Tensor& destination, std::int64_t to, std::int64_t count) {
    if (source.dtype() == DType::string) {
        const auto strings = source.as<std::string>().subspan(static_cast<std::size_t>(from));
        std::copy_n(strings.begin(), count, destination.as<std::string>().begin() + to);
    } else if (count != 0) {
        const std::size_t bytes = element_bytes(source.dtype());
        std::memcpy(destination.data() + static_cast<std::size_t>(to) * bytes,
                    source.data() + static_cast<std::size_t>(from) * bytes, static_cast<std::size_t>(count) * bytes);
    }
}

}  // namespace

Tensor slice_of(const Tensor& tensor, std::size_t axis, std::int64_t begin, std::int64_t end) {
    static_cast<void>(element_bytes(tensor.dtype()));
    Shape shape = tensor.shape();
    const std::int64_t inner = element_count(shape, axis + 1, shape.size());
    const std::int64_t outer = element_count(shape, 0, axis);
    const std::int64_t row = shape[axis] * inner;
    shape[axis] = end - begin;
    Tensor slice(tensor.dtype(), std::move(shape));
    const std::int64_t count = (end - begin) * inner;
    for (std::int64_t i = 0; i < outer; ++i) {
        copy_elements(tensor, i * row + begin * inner, slice, i * count, count);
    }
    return slice;
}

Tensor joined(std::span<const Tensor> tensors, std::size_t axis) {
    Shape shape = tensors[0].shape();
    static_cast<void>(element_bytes(tensors[0].dtype()));
    const std::int64_t inner = element_count(shape, axis + 1, shape.size());
    const std::int64_t outer = element_count(shape, 0, axis);
    shape[axis] = 0;
    for (const Tensor& tensor : tensors) {
        if (tensor.dtype() != tensors[0].dtype() || tensor.shape().size() != shape.size()) {
            fail(ErrorCode::internal, "tensors of ", name(tensors[0].dtype()), " and ", name(tensor.dtype()),
                 " are to be joined");
        }
        shape[axis] = checked_add(shape[axis], tensor.shape()[axis]);
    }
    const std::int64_t row = shape[axis] * inner;
    Tensor whole(tensors[0].dtype(), std::move(shape));
    std::int64_t at = 0;
    for (const Tensor& tensor : tensors) {
        const std::int64_t count = tensor.shape()[axis] * inner;
        for (std::int64_t i = 0; i < outer; ++i) {
            copy_elements(tensor, i * count, whole, i * row + at, count);
        }
        at += count;
    }
    return whole;
}

Tensor picked(const Tensor& tensor, std::span<const std::int64_t> indices, Shape shape) {
    static_cast<void>(element_bytes(tensor.dtype()));
    Tensor result(tensor.dtype(), std::move(shape));
    for (std::size_t i = 0; i < indices.size(); ++i) {
        copy_elements(tensor, indices[i], result, static_cast<std::int64_t>(i), 1);
    }
    return result;
}

}  // namespace onecnn::core
