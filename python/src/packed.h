// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/numpy.h>

#include <onecnn/onecnn.hpp>

namespace onecnn::python {

// numpy gives each element of 2 or 4 bits the low bits of a byte of its own; a tensor packs them.

/// The bytes of a tensor with the elements of a C-contiguous array.
[[nodiscard]] pybind11::array packed(DType dtype, const pybind11::array& elements);

/// An array with the elements of a tensor.
[[nodiscard]] pybind11::array unpacked(const Tensor& tensor, const pybind11::dtype& numpy);

}  // namespace onecnn::python
