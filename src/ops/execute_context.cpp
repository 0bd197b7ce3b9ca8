// SPDX-License-Identifier: Apache-2.0
#include "ops/execute_context.h"

#include <utility>

namespace onecnn::core {

Tensor ExecuteContext::make_tensor(DType dtype, Shape shape) const {
    const std::int64_t limit = options().limits.tensor_bytes;
    if (const std::size_t bytes = byte_count(dtype, shape); bytes > static_cast<std::size_t>(limit)) {
        fail(ErrorCode::resource_limit, onecnn::core::describe(node()), ": its result ", to_string(shape), " takes ",
             bytes, " bytes, more than the limit tensor_bytes of ", limit);
    }
    return {dtype, std::move(shape)};
}

const Tensor& ExecuteContext::tensor(std::size_t index) const {
    if (const Tensor* held = input(index).tensor()) {
        return *held;
    }
    invalid("input ", index, " is ", describe(input(index)), ", expected a tensor");
}

const Sequence& ExecuteContext::sequence(std::size_t index) const {
    if (const Sequence* held = input(index).sequence()) {
        return *held;
    }
    invalid("input ", index, " is ", describe(input(index)), ", expected a sequence");
}

std::vector<std::int64_t> ExecuteContext::integers(std::size_t index) const {
    const Tensor& held = tensor(index);
    if (held.dtype() == DType::int32) {
        const auto values = held.as<std::int32_t>();
        return {values.begin(), values.end()};
    }
    const auto values = elements<std::int64_t>(index);
    return {values.begin(), values.end()};
}

}  // namespace onecnn::core
