// SPDX-License-Identifier: Apache-2.0
#include "packed.h"

#include <algorithm>
#include <cstdint>

#include "dtypes.h"

namespace py = pybind11;

namespace onecnn::python {

py::array packed(DType dtype, const py::array& elements) {
    const int bits = packed_bits(dtype).value();
    const int in_a_byte = 8 / bits;
    const auto mask = static_cast<std::uint8_t>((1 << bits) - 1);
    py::array_t<std::uint8_t> bytes((elements.size() + in_a_byte - 1) / in_a_byte);
    const auto* from = static_cast<const std::uint8_t*>(elements.data());
    std::uint8_t* const to = bytes.mutable_data();
    std::fill_n(to, bytes.size(), std::uint8_t{0});
    for (py::ssize_t i = 0; i < elements.size(); ++i) {
        const auto shifted = (from[i] & mask) << (i % in_a_byte * bits);
        to[i / in_a_byte] = static_cast<std::uint8_t>(to[i / in_a_byte] | shifted);
    }
    return bytes;
}

py::array unpacked(const Tensor& tensor, const py::dtype& numpy) {
    const int bits = packed_bits(tensor.dtype()).value();
    const int in_a_byte = 8 / bits;
    const auto mask = static_cast<std::uint8_t>((1 << bits) - 1);
    const auto dims = tensor.dims();
    py::array array(numpy, py::array::ShapeContainer(dims.begin(), dims.end()));
    const auto bytes = tensor.bytes();
    auto* const to = static_cast<std::uint8_t*>(array.mutable_data());
    for (py::ssize_t i = 0; i < array.size(); ++i) {
        const auto byte = static_cast<std::uint8_t>(bytes[static_cast<std::size_t>(i / in_a_byte)]);
        to[i] = static_cast<std::uint8_t>((byte >> (i % in_a_byte * bits)) & mask);
    }
    return array;
}

}  // namespace onecnn::python
