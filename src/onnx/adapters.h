// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "graph/graph.h"

namespace onecnn::core::onnx {

/// Rewrites every node of ai.onnx from the form it has in `node.opset` to that of the newest opset, so that an operator
/// implements one form. UnsupportedOperator for a form that has no counterpart.
///
/// An operator whose older forms differ from its newest has its rows in adapters.cpp's table; one that is added to the library
/// brings them along.
void adapt_to_newest_opset(Graph& graph);

/// An attribute, 1, that Softmax and LogSoftmax of opsets before 13 carry. They see their input as a matrix, the dimensions
/// before `axis` times those from it on, and normalise each of its rows; the newest form normalises along `axis` alone. Both
/// are the same where `axis` is the last dimension, which the reader cannot tell without shapes.
inline constexpr std::string_view coerce_to_matrix = "onecnn.coerce_2d";

}  // namespace onecnn::core::onnx
