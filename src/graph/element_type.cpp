// SPDX-License-Identifier: Apache-2.0
#include "graph/element_type.h"

#include <array>

#include "runtime/error.h"

namespace onecnn::core {

namespace {

struct Unsupported {
    std::int64_t data_type;
    std::string_view name;
};

constexpr std::array unsupported{
    Unsupported{14, "complex64"},
    Unsupported{15, "complex128"},
    Unsupported{27, "float6e2m3"},
    Unsupported{28, "float6e3m2"},
};

}  // namespace

DType element_type(std::int64_t data_type, std::string_view what) {
    const auto dtype = static_cast<DType>(data_type);
    if (data_type > 0 && data_type <= INT32_MAX && (bits(dtype) > 0 || dtype == DType::string)) {
        return static_cast<DType>(data_type);
    }
    for (const auto& [number, name] : unsupported) {
        if (number == data_type) {
            fail(ErrorCode::unsupported_operator, what, " has elements of type ", name, ", which are not supported");
        }
    }
    fail(ErrorCode::invalid_model, what, " has elements of type ", data_type, ", which is no type of ONNX");
}

}  // namespace onecnn::core
