// SPDX-License-Identifier: Apache-2.0
// Operators whose forms of opset 6 opset 7 replaced, broadcasting most of all.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "onnx/adaptation.h"
#include "runtime/error.h"

namespace onecnn::core::onnx {

namespace {

/// A node without one is refused by its operator, as in any opset.
bool has_second_input(const Adaptation& at) {
    return at.node.inputs.size() > 1 && at.node.inputs[1] != ValueId::none && at.node.inputs[0] != ValueId::none;
}

/// Lets the second input's dimensions begin at an axis of the first one's, by a node ahead that adds those behind them.
void align_second_input(const Adaptation& at, std::int64_t axis) {
    const Value& second = at.graph.value(at.node.inputs[1]);
    Value aligned{concat(second.name, ".aligned"), {}, std::nullopt};
    aligned.type.dtype = second.type.dtype;
    Node align;
    align.name = at.node.name;
    align.domain = "onecnn";
    align.op_type = "AlignDimensions";
    align.opset = at.node.opset;
    align.inputs = {at.node.inputs[0], at.node.inputs[1]};
    align.attributes.emplace("axis", axis);
    at.node.inputs[1] = at.graph.add_value(std::move(aligned));
    align.outputs = {at.node.inputs[1]};
    at.before.push_back(std::move(align));
}

}  // namespace

void broadcast_along_axis(const Adaptation& at) {
    const auto axis = find_attribute<std::int64_t>(at.node, "axis");
    if (axis && attribute<std::int64_t>(at.node, "broadcast", 0) != 0 && has_second_input(at)) {
        align_second_input(at, *axis);
    }
}

void slope_of_channels(const Adaptation& at) {
    if (!has_second_input(at)) {
        return;
    }
    const auto& shape = at.graph.value(at.node.inputs[1]).type.shape;
    if (!shape || shape->size() == 1) {
        align_second_input(at, 1);
    }
}

void inference_alone(const Adaptation& at) {
    if (attribute<std::int64_t>(at.node, "is_test", 0) == 0) {
        fail(ErrorCode::unsupported_operator, describe(at.node), ": is_test is 0; onecnn infers only");
    }
}

void upsample_scales(const Adaptation& at) {
    const auto height = find_attribute<float>(at.node, "height_scale");
    const auto width = find_attribute<float>(at.node, "width_scale");
    if (!height || !width) {
        fail(ErrorCode::invalid_model, describe(at.node), ": attributes 'height_scale' and 'width_scale' are missing");
    }
    at.node.attributes.insert_or_assign("scales", std::vector<float>{1, 1, *height, *width});
    if (attribute<std::string>(at.node, "mode", "nearest") == "bilinear") {
        at.node.attributes.insert_or_assign("mode", std::string("linear"));
    }
}

}  // namespace onecnn::core::onnx
