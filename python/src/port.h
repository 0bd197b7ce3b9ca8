// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/numpy.h>

#include <onecnn/onecnn.hpp>
#include <optional>
#include <string>

namespace onecnn::python {

/// "float32" for a tensor's elements, "sequence(float32)", "map(string, float32)", "optional(...)".
[[nodiscard]] std::string described_type(const TensorSpec& spec);

/// An input or output of a model, and how its tensors are numpy arrays.
class Port {
public:
    explicit Port(TensorSpec spec);

    /// (name, dtype, shape); the shape None when the rank is unknown, a dimension an int, its name or None.
    [[nodiscard]] pybind11::tuple described() const;

    /// A C-contiguous array of this input's dtype: the object itself when it is one, else a copy. An ndarray of another dtype
    /// and an object that is no array of numbers are InvalidArgument.
    [[nodiscard]] pybind11::array array_of(pybind11::handle object) const;

    /// What array_of gave as the bytes of a tensor: the array itself, or its elements packed.
    [[nodiscard]] pybind11::array stored(const pybind11::array& array) const;

    /// An array over a tensor's memory, which it keeps alive; a copy of packed elements. InvalidArgument when numpy has no such
    /// type.
    [[nodiscard]] pybind11::array array_over(const Tensor& tensor) const;

    [[nodiscard]] DType dtype() const { return spec_.dtype; }
    [[nodiscard]] const TensorSpec& spec() const { return spec_; }

    /// Whether it is a tensor of numbers or bools.
    [[nodiscard]] bool is_plain() const { return spec_.kind == Kind::tensor && spec_.dtype != DType::string; }

private:
    [[nodiscard]] bool matches(const pybind11::array& array) const;
    [[noreturn]] void refuse(const pybind11::array& array) const;

    TensorSpec spec_;
    std::optional<pybind11::dtype> numpy_;
    int type_number_;
};

}  // namespace onecnn::python
