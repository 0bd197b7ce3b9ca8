// SPDX-License-Identifier: Apache-2.0
#include "ops/element_moves.h"

namespace onecnn::core {

void require_movable(const InferContext& context, std::size_t index) {
    const DType dtype = context.dtype(index);
    if (bits(dtype) == 0 || bits(dtype) % 8 != 0) {
        context.unsupported("input ", index, " is ", name(dtype));
    }
}

void require_indices(const InferContext& context, std::size_t index) {
    const DType dtype = context.dtype(index);
    if (dtype != DType::int64 && dtype != DType::int32) {
        context.invalid("input ", index, " is ", name(dtype), ", expected int64 or int32");
    }
}

std::vector<std::int64_t> integers(const LowerContext& context, std::size_t index) {
    const Tensor& tensor = *context.constant(index);
    if (tensor.dtype() == DType::int32) {
        const auto values = tensor.as<std::int32_t>();
        return {values.begin(), values.end()};
    }
    const auto values = tensor.as<std::int64_t>();
    return {values.begin(), values.end()};
}

}  // namespace onecnn::core
