// SPDX-License-Identifier: Apache-2.0
#include "ops/ml_attributes.h"

#include <algorithm>
#include <span>

#include "graph/attributes.h"
#include "kernels/convert.h"
#include "runtime/error.h"

namespace onecnn::core {

PostTransform post_transform(const Node& node) {
    const auto text = attribute<std::string>(node, "post_transform", "NONE");
    const auto found = find_post_transform(text);
    if (!found) {
        fail(ErrorCode::invalid_model, describe(node), ": post_transform is '", text,
             "', expected NONE, LOGISTIC, SOFTMAX, SOFTMAX_ZERO or PROBIT");
    }
    return *found;
}

std::vector<double> numbers(const Node& node, const std::string& name) {
    if (const auto tensor = find_attribute<Tensor>(node, name + "_as_tensor")) {
        return numbers(node, name + "_as_tensor", *tensor);
    }
    const auto floats = attribute<std::vector<float>>(node, name, {});
    return {floats.begin(), floats.end()};
}

std::vector<double> numbers(const Node& node, std::string_view name, const Tensor& tensor) {
    if (!can_convert(tensor.dtype(), DType::float64)) {
        fail(ErrorCode::invalid_model, describe(node), ": ", name, " is of ", core::name(tensor.dtype()),
             ", expected numbers");
    }
    std::vector<double> values(static_cast<std::size_t>(tensor.size()));
    conversion(tensor.dtype(), DType::float64)(tensor.data(), reinterpret_cast<std::byte*>(values.data()),
                                               tensor.size());
    return values;
}

void require_values(const Node& node, std::string_view name, std::size_t values, std::size_t expected) {
    if (values != expected) {
        fail(ErrorCode::invalid_model, describe(node), ": ", name, " has ", values, " values, expected ", expected);
    }
}

WriteScores float_scores(Slot y, PostTransform transform) {
    return [y, transform](const Memory& memory, std::int64_t row, std::span<double> scores) {
        apply(transform, scores);
        std::ranges::transform(scores, memory.at<float>(y) + row * static_cast<std::int64_t>(scores.size()),
                               [](double score) { return static_cast<float>(score); });
    };
}

}  // namespace onecnn::core
