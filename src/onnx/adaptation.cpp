// SPDX-License-Identifier: Apache-2.0
#include "onnx/adaptation.h"

#include <algorithm>
#include <utility>

#include "runtime/error.h"

namespace onecnn::core::onnx {

void Adaptation::set_input(std::size_t index, std::string_view name, Tensor constant) const {
    if (index < node.inputs.size()) {
        fail(ErrorCode::invalid_model, describe(node), " has more inputs than the operator of this opset takes");
    }
    node.inputs.resize(index, ValueId::none);
    // A file's own value may have this name: what is computed goes by ids, names are for people.
    node.inputs.push_back(graph.add_constant(concat(node.name, ".", name), std::move(constant)));
}

void Adaptation::drop_outputs(std::size_t index, std::string_view why) const {
    if (node.outputs.size() <= index) {
        return;
    }
    const bool read = std::any_of(node.outputs.begin() + static_cast<std::ptrdiff_t>(index), node.outputs.end(),
                                  [&](ValueId id) { return id != ValueId::none && uses.count(id) > 0; });
    if (read) {
        fail(ErrorCode::unsupported_operator, describe(node), ": ", why);
    }
    node.outputs.resize(index);
}

}  // namespace onecnn::core::onnx
