// SPDX-License-Identifier: Apache-2.0
#include "runtime/tensor.h"

#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <utility>

#include "runtime/error.h"

namespace onecnn::core {

namespace {

constexpr std::size_t alignment = 64;

std::shared_ptr<std::byte> allocate_strings(std::int64_t count) {
    try {
        const auto strings = std::make_shared<std::string[]>(static_cast<std::size_t>(count));
        return {strings, reinterpret_cast<std::byte*>(strings.get())};
    } catch (const std::bad_alloc&) {
        fail(ErrorCode::out_of_memory, "the system has no memory for ", count, " strings");
    }
}

}  // namespace

std::shared_ptr<std::byte> allocate(std::size_t bytes) {
    const std::size_t rounded = (bytes / alignment + 1) * alignment;
    void* memory = rounded < bytes ? nullptr : std::aligned_alloc(alignment, rounded);
    if (memory == nullptr) {
        fail(ErrorCode::out_of_memory, "the system has no ", bytes, " bytes of memory");
    }
    return {static_cast<std::byte*>(memory), [](std::byte* p) { std::free(p); }};
}

Tensor::Tensor(DType dtype, Shape shape)
    : dtype_(dtype),
      shape_(std::move(shape)),
      bytes_(byte_count(dtype_, shape_)),
      storage_(dtype == DType::string ? allocate_strings(element_count(shape_)) : allocate(bytes_)),
      owns_(true) {}

Tensor::Tensor(DType dtype, Shape shape, std::shared_ptr<std::byte> storage, bool owns)
    : dtype_(dtype),
      shape_(std::move(shape)),
      bytes_(byte_count(dtype_, shape_)),
      storage_(std::move(storage)),
      owns_(owns) {}

void Tensor::require(DType dtype) const {
    if (dtype != dtype_) {
        fail(ErrorCode::internal, "a tensor of ", name(dtype_), " was read as ", name(dtype));
    }
}

Tensor Tensor::reshaped(Shape shape) const {
    if (element_count(shape) != size()) {
        fail(ErrorCode::internal, "a tensor of shape ", to_string(shape_), " cannot take shape ", to_string(shape));
    }
    return {dtype_, std::move(shape), storage_};
}

}  // namespace onecnn::core
