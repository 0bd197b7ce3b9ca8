// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "runtime/dtype.h"
#include "runtime/shape.h"

namespace onecnn::core {

/// Memory aligned to 64 bytes, freed with the last owner. OutOfMemory when the system has none.
[[nodiscard]] std::shared_ptr<std::byte> allocate(std::size_t bytes);

/// A dense row-major tensor over shared memory. Copies share the elements. Those of DType::string are std::string objects.
class Tensor {
public:
    Tensor() = default;
    /// Uninitialised elements; empty strings.
    Tensor(DType dtype, Shape shape);
    /// Elements that `storage` keeps alive; it must hold `byte_count(dtype, shape)` bytes. They may be written to only where it
    /// `owns` them: no other object than its own copies looks at them.
    Tensor(DType dtype, Shape shape, std::shared_ptr<std::byte> storage, bool owns = false);

    /// A tensor of rank 1 holding `values`.
    template <typename T>
    [[nodiscard]] static Tensor from(std::span<const T> values);

    [[nodiscard]] DType dtype() const { return dtype_; }
    [[nodiscard]] const Shape& shape() const { return shape_; }
    [[nodiscard]] std::int64_t size() const { return element_count(shape_); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] std::byte* data() { return storage_.get(); }
    [[nodiscard]] const std::byte* data() const { return storage_.get(); }
    [[nodiscard]] const std::shared_ptr<std::byte>& storage() const { return storage_; }

    /// Whether nobody else looks at the elements, so that they may be changed where they are.
    [[nodiscard]] bool exclusive() const { return owns_ && storage_.use_count() == 1; }

    /// The elements; T must be the type that stores the dtype.
    template <typename T>
    [[nodiscard]] std::span<T> as();
    template <typename T>
    [[nodiscard]] std::span<const T> as() const;

    /// The same elements under another shape of as many elements.
    [[nodiscard]] Tensor reshaped(Shape shape) const;

private:
    void require(DType dtype) const;

    DType dtype_ = DType::undefined;
    Shape shape_;
    std::size_t bytes_ = 0;
    std::shared_ptr<std::byte> storage_;
    bool owns_ = false;
};

template <typename T>
std::span<T> Tensor::as() {
    require(dtype_of<T>);
    return {reinterpret_cast<T*>(data()), static_cast<std::size_t>(size())};
}

template <typename T>
std::span<const T> Tensor::as() const {
    require(dtype_of<T>);
    return {reinterpret_cast<const T*>(data()), static_cast<std::size_t>(size())};
}

template <typename T>
Tensor Tensor::from(std::span<const T> values) {
    Tensor tensor(dtype_of<T>, {static_cast<std::int64_t>(values.size())});
    std::copy(values.begin(), values.end(), tensor.as<T>().begin());
    return tensor;
}

}  // namespace onecnn::core
