// SPDX-License-Identifier: Apache-2.0
// Attributes that became inputs.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "graph/attributes.h"
#include "onnx/adaptation.h"
#include "runtime/error.h"

namespace onecnn::core::onnx {

namespace {

Tensor scalar(float value) { return Tensor::from(std::span<const float>(&value, 1)).reshaped({}); }

Tensor list(const std::vector<std::int64_t>& values) { return Tensor::from(std::span<const std::int64_t>(values)); }

/// The attribute, taken from the node.
template <typename T>
std::optional<T> take(Node& node, std::string_view name) {
    auto value = find_attribute<T>(node, name);
    if (value) {
        node.attributes.erase(node.attributes.find(name));
    }
    return value;
}

}  // namespace

void clip_bounds_to_inputs(const Adaptation& at) {
    // Absent bounds were the extreme finite floats; leaving them out keeps infinities as later opsets do.
    if (const auto min = take<float>(at.node, "min")) {
        at.set_input(1, "min", scalar(*min));
    }
    if (const auto max = take<float>(at.node, "max")) {
        at.set_input(2, "max", scalar(*max));
    }
}

void dropout_ratio_to_input(const Adaptation& at) {
    if (const auto ratio = take<float>(at.node, "ratio")) {
        at.set_input(1, "ratio", scalar(*ratio));
    }
}

void pad_amounts_to_inputs(const Adaptation& at) {
    const auto pads = take<std::vector<std::int64_t>>(at.node, "pads");
    if (!pads) {
        fail(ErrorCode::invalid_model, describe(at.node), ": attribute 'pads' is missing");
    }
    at.set_input(1, "pads", list(*pads));
    if (const auto value = take<float>(at.node, "value")) {
        at.set_input(2, "constant_value", scalar(*value));
    }
}

void axes_to_input(const Adaptation& at) {
    if (const auto axes = take<std::vector<std::int64_t>>(at.node, "axes")) {
        at.set_input(1, "axes", list(*axes));
    } else if (at.node.op_type == "Unsqueeze") {
        fail(ErrorCode::invalid_model, describe(at.node), ": attribute 'axes' is missing");
    }
}

void slice_sections_to_inputs(const Adaptation& at) {
    std::size_t index = 1;
    for (const std::string_view name : {"starts", "ends", "axes"}) {
        if (const auto values = take<std::vector<std::int64_t>>(at.node, name)) {
            at.set_input(index, name, list(*values));
        } else if (name != "axes") {
            fail(ErrorCode::invalid_model, describe(at.node), ": attribute '", name, "' is missing");
        }
        ++index;
    }
}

void split_sizes_to_input(const Adaptation& at) {
    if (const auto sizes = take<std::vector<std::int64_t>>(at.node, "split")) {
        at.set_input(1, "split", list(*sizes));
    }
}

void top_k_count_to_input(const Adaptation& at) {
    const auto count = take<std::int64_t>(at.node, "k");
    if (!count) {
        fail(ErrorCode::invalid_model, describe(at.node), ": attribute 'k' is missing");
    }
    at.set_input(1, "K", list({*count}));
}

}  // namespace onecnn::core::onnx
