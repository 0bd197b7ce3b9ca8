// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "graph/graph.h"

namespace onecnn::core {

/// An attribute, 1, that Softmax and LogSoftmax of opsets before 13 carry. They see their input as a matrix, the dimensions
/// before `axis` times those from it on, and normalise each of its rows; the newest form normalises along `axis` alone. Both
/// are the same where `axis` is the last dimension, which the reader cannot tell without shapes. A file cannot set it.
inline constexpr std::string_view coerce_to_matrix = "onecnn.coerce_2d";

/// An attribute, 1, that Resize of opset 10 and Upsample carry: the nearest element is the one before where the tensor grows,
/// the one after where it shrinks, axis by axis.
inline constexpr std::string_view resize_before_opset_11 = "onecnn.resize_10";

/// An attribute's value; nothing when the node lacks it, InvalidModel when it is of another type.
/// T: int64_t, float, std::string, Tensor, std::vector<int64_t>, std::vector<float>, std::vector<std::string>,
/// std::shared_ptr<Subgraph>.
template <typename T>
[[nodiscard]] std::optional<T> find_attribute(const Node& node, std::string_view name);

/// An attribute's value, `fallback` when the node lacks it.
template <typename T>
[[nodiscard]] T attribute(const Node& node, std::string_view name, T fallback) {
    return find_attribute<T>(node, name).value_or(std::move(fallback));
}

/// An attribute's value; InvalidModel when the node lacks it.
template <typename T>
[[nodiscard]] T required_attribute(const Node& node, std::string_view name);

}  // namespace onecnn::core
