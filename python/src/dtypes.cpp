// SPDX-License-Identifier: Apache-2.0
#include "dtypes.h"

namespace py = pybind11;

namespace onecnn::python {

const char* name(DType dtype) {
    switch (dtype) {
        case DType::float32: return "float32";
        case DType::uint8: return "uint8";
        case DType::int8: return "int8";
        case DType::uint16: return "uint16";
        case DType::int16: return "int16";
        case DType::int32: return "int32";
        case DType::int64: return "int64";
        case DType::string: return "string";
        case DType::boolean: return "bool";
        case DType::float16: return "float16";
        case DType::float64: return "float64";
        case DType::uint32: return "uint32";
        case DType::uint64: return "uint64";
        case DType::bfloat16: return "bfloat16";
        case DType::undefined: break;
    }
    return "undefined";
}

std::optional<py::dtype> numpy_dtype(DType dtype) {
    if (dtype == DType::undefined || dtype == DType::string || dtype == DType::bfloat16) {
        return std::nullopt;
    }
    return py::dtype(name(dtype));
}

}  // namespace onecnn::python
