// SPDX-License-Identifier: Apache-2.0
// Resize before opset 11, and Upsample, which it took the place of.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "graph/attributes.h"
#include "onnx/adaptation.h"
#include "runtime/error.h"

namespace onecnn::core::onnx {

void resize_coordinates(const Adaptation& at) {
    if (at.node.inputs.size() != 2) {
        fail(ErrorCode::invalid_model, describe(at.node), " has ", at.node.inputs.size(), " inputs, expected 2");
    }
    // The region of interest came between.
    at.node.inputs.insert(at.node.inputs.begin() + 1, ValueId::none);
    at.node.attributes.insert_or_assign("coordinate_transformation_mode", std::string("asymmetric"));
    at.node.attributes.insert_or_assign(std::string(resize_before_opset_11), std::int64_t{1});
}

void upsample_scales_to_input(const Adaptation& at) {
    const auto scales = required_attribute<std::vector<float>>(at.node, "scales");
    at.node.attributes.erase("scales");
    at.set_input(1, "scales", Tensor::from(std::span<const float>(scales)));
}

void upsample_to_resize(const Adaptation& at) {
    at.node.op_type = "Resize";
    resize_coordinates(at);
}

}  // namespace onecnn::core::onnx
