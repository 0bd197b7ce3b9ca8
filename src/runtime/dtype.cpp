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
        case DType::float8e4m3fn: return "float8_e4m3fn";
        case DType::float8e4m3fnuz: return "float8_e4m3fnuz";
        case DType::float8e5m2: return "float8_e5m2";
        case DType::float8e5m2fnuz: return "float8_e5m2fnuz";
        case DType::uint4: return "uint4";
        case DType::int4: return "int4";
        case DType::float4e2m1: return "float4_e2m1fn";
        case DType::float8e8m0: return "float8_e8m0fnu";
        case DType::uint2: return "uint2";
        case DType::int2: return "int2";
    }
    return "undefined";
}

int bits(DType dtype) {
    switch (dtype) {
        case DType::uint2:
        case DType::int2: return 2;
        case DType::uint4:
        case DType::int4:
        case DType::float4e2m1: return 4;
        case DType::uint8:
        case DType::int8:
        case DType::boolean:
        case DType::float8e4m3fn:
        case DType::float8e4m3fnuz:
        case DType::float8e5m2:
        case DType::float8e5m2fnuz:
        case DType::float8e8m0: return 8;
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
