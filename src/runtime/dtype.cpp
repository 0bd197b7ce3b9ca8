// SPDX-License-Identifier: Apache-2.0
#include "runtime/dtype.h"

namespace onecnn::core {

std::string_view name(DType dtype) {
    switch (dtype) {
        case DType::undefined: return "undefined";
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
    }
    return "undefined";
}

int bits(DType dtype) {
    switch (dtype) {
        case DType::uint8:
        case DType::int8:
        case DType::boolean: return 8;
        case DType::uint16:
        case DType::int16:
        case DType::float16:
        case DType::bfloat16: return 16;
        case DType::float32:
        case DType::int32:
        case DType::uint32: return 32;
        case DType::float64:
        case DType::int64:
        case DType::uint64: return 64;
        case DType::string:
        case DType::undefined: return 0;
    }
    return 0;
}

}  // namespace onecnn::core
