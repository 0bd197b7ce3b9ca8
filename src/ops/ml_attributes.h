// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "kernels/feature_rows.h"
#include "kernels/post_transform.h"

namespace onecnn::core {

/// The attribute post_transform; InvalidModel when there is none of its name.
[[nodiscard]] PostTransform post_transform(const Node& node);

/// Numbers that are either a list of floats or, under the name with "_as_tensor", a tensor of doubles; empty when neither is
/// there.
[[nodiscard]] std::vector<double> numbers(const Node& node, const std::string& name);

/// A tensor's elements; InvalidModel naming the attribute when they are no numbers.
[[nodiscard]] std::vector<double> numbers(const Node& node, std::string_view name, const Tensor& tensor);

/// Refuses an attribute that has another number of values.
void require_values(const Node& node, std::string_view name, std::size_t values, std::size_t expected);

/// Writes transformed scores as float32 rows of `y`.
[[nodiscard]] WriteScores float_scores(Slot y, PostTransform transform);

}  // namespace onecnn::core
