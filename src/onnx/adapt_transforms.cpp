// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <span>

#include "graph/attributes.h"
#include "onnx/adaptation.h"

namespace onecnn::core::onnx {

void dft_axis_to_input(const Adaptation& at) {
    const auto axis = attribute<std::int64_t>(at.node, "axis", 1);
    at.node.attributes.erase("axis");
    at.set_input(2, "axis", Tensor::from(std::span(&axis, 1)).reshaped({}));
}

}  // namespace onecnn::core::onnx
