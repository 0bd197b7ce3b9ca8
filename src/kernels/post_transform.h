// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace onecnn::core {

/// What ai.onnx.ml's classifiers and regressors do to their scores at the end.
enum class PostTransform { none, logistic, softmax, softmax_zero, probit };

/// By its ONNX name; nothing when there is none of that name.
[[nodiscard]] std::optional<PostTransform> find_post_transform(std::string_view name);

/// Transforms one row of one score or more: T is float or double.
template <typename T>
void apply(PostTransform transform, std::span<T> scores);

}  // namespace onecnn::core
