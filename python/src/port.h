// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/numpy.h>

#include <onecnn/onecnn.hpp>
#include <optional>
#include <string>

namespace onecnn::python {

/// An input or output of a model, and how its tensors are numpy arrays.
class Port {
public:
    explicit Port(TensorSpec spec);

    /// (name, dtype, shape); the shape None when the rank is unknown, a dimension an int, its name or None.
    [[nodiscard]] pybind11::tuple described() const;

    /// A C-contiguous array of this input's dtype: the object itself when it is one, else a copy. An ndarray of another dtype
    /// and an object that is no array of numbers are InvalidArgument.
    [[nodiscard]] pybind11::array array_of(pybind11::handle object) const;

    /// An array over a tensor's memory, which it keeps alive. InvalidArgument when numpy has no such type.
    [[nodiscard]] pybind11::array array_over(const Tensor& tensor) const;

    [[nodiscard]] DType dtype() const { return spec_.dtype; }

private:
    [[nodiscard]] bool matches(const pybind11::array& array) const;
    [[noreturn]] void refuse(const pybind11::array& array) const;

    TensorSpec spec_;
    std::optional<pybind11::dtype> numpy_;
    int type_number_;
};

}  // namespace onecnn::python
