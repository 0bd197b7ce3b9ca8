// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "graph/graph.h"

namespace onecnn::core::onnx {

/// Rewrites every node of ai.onnx from the form it has in `node.opset` to that of the newest opset, so that an operator
/// implements one form. UnsupportedOperator for a form that has no counterpart.
///
/// An operator whose older forms differ from its newest has its rows in adapters.cpp's table; one that is added to the library
/// brings them along.
void adapt_to_newest_opset(Graph& graph);

}  // namespace onecnn::core::onnx
