// SPDX-License-Identifier: Apache-2.0
#include "ops/execute_context.h"

namespace onecnn::core {

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
