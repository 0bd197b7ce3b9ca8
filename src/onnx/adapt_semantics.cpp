// SPDX-License-Identifier: Apache-2.0
// Operators whose older forms meant something else.
#include "graph/attributes.h"
#include "onnx/adaptation.h"
#include "onnx/adapters.h"
#include "runtime/error.h"

namespace onecnn::core::onnx {

void batch_normalization_spatial(const Adaptation& at) {
    if (attribute<std::int64_t>(at.node, "spatial", 1) == 0) {
        fail(ErrorCode::unsupported_operator, describe(at.node),
             " has spatial = 0, statistics of every element, which opset 9 removed and which is not supported");
    }
    at.node.attributes.erase("spatial");
}

void batch_normalization_outputs(const Adaptation& at) {
    at.drop_outputs(1, "running statistics are outputs of training, which is not supported");
}

void dropout_float_mask(const Adaptation& at) {
    at.drop_outputs(1, "the mask of opsets before 10, which is no bool, is not supported");
}

void softmax_of_matrix(const Adaptation& at) {
    const auto axis = attribute<std::int64_t>(at.node, "axis", 1);
    at.node.attributes.insert_or_assign("axis", axis);
    if (axis != -1) {
        at.node.attributes.insert_or_assign(std::string(coerce_to_matrix), std::int64_t{1});
    }
}

void scatter_elements(const Adaptation& at) { at.node.op_type = "ScatterElements"; }

void split_equally(const Adaptation& at) {
    if (at.node.inputs.size() < 2 || at.node.inputs[1] == ValueId::none) {
        at.node.attributes.insert_or_assign("num_outputs", static_cast<std::int64_t>(at.node.outputs.size()));
    }
}

}  // namespace onecnn::core::onnx
