// SPDX-License-Identifier: Apache-2.0
// Operators that sample between elements.
#include <string>

#include "graph/attributes.h"
#include "onnx/adaptation.h"

namespace onecnn::core::onnx {

void grid_sample_modes(const Adaptation& at) {
    const auto mode = attribute<std::string>(at.node, "mode", "bilinear");
    if (mode == "bilinear" || mode == "bicubic") {
        at.node.attributes.insert_or_assign("mode", mode.substr(2));
    }
}

void roi_align_coordinates(const Adaptation& at) {
    at.node.attributes.insert_or_assign("coordinate_transformation_mode", std::string("output_half_pixel"));
}

}  // namespace onecnn::core::onnx
