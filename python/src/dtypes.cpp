// SPDX-License-Identifier: Apache-2.0
#include "dtypes.h"

namespace py = pybind11;

namespace onecnn::python {

bool is_extension(DType dtype) { return dtype == DType::bfloat16 || dtype >= DType::float8e4m3fn; }

std::optional<int> packed_bits(DType dtype) {
    switch (dtype) {
        case DType::uint4:
        case DType::int4:
        case DType::float4e2m1: return 4;
        case DType::uint2:
        case DType::int2: return 2;
        default: return std::nullopt;
    }
}

std::optional<py::dtype> numpy_dtype(DType dtype) {
    if (dtype == DType::undefined || dtype == DType::string) {
        return std::nullopt;
    }
    if (!is_extension(dtype)) {
        return py::dtype(name(dtype));
    }
    try {
        return py::dtype::from_args(py::module_::import("ml_dtypes").attr(name(dtype)));
    } catch (const py::error_already_set& error) {
        if (error.matches(PyExc_ImportError) || error.matches(PyExc_AttributeError)) {
            return std::nullopt;
        }
        throw;
    }
}

}  // namespace onecnn::python
