// SPDX-License-Identifier: Apache-2.0
#include "onnx/constant_node.h"

#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "runtime/error.h"

namespace onecnn::core::onnx {

namespace {

template <typename T>
Tensor scalar(T value) {
    return Tensor::from(std::span<const T>(&value, 1)).reshaped({});
}

struct ValueOf {
    const Node& node;
    const std::string& name;

    Tensor operator()(const Tensor& value) const { return require("value", value); }
    Tensor operator()(float value) const { return require("value_float", scalar(value)); }
    Tensor operator()(std::int64_t value) const { return require("value_int", scalar(value)); }
    Tensor operator()(const std::vector<float>& values) const {
        return require("value_floats", Tensor::from(std::span<const float>(values)));
    }
    Tensor operator()(const std::vector<std::int64_t>& values) const {
        return require("value_ints", Tensor::from(std::span<const std::int64_t>(values)));
    }
    Tensor operator()(const std::string& value) const {
        return require("value_string", Tensor::from(std::span<const std::string>(&value, 1)).reshaped({}));
    }
    Tensor operator()(const std::vector<std::string>& values) const {
        return require("value_strings", Tensor::from(std::span<const std::string>(values)));
    }
    Tensor operator()(const std::shared_ptr<Subgraph>&) const {
        fail(ErrorCode::invalid_model, describe(node), ": attribute '", name, "' is a graph");
    }

    [[nodiscard]] Tensor require(std::string_view expected, Tensor value) const {
        if (name != expected) {
            fail(ErrorCode::invalid_model, describe(node), ": attribute '", name, "' has the type of '", expected, "'");
        }
        return value;
    }
};

}  // namespace

Tensor constant_value(const Node& node) {
    if (node.attributes.size() != 1) {
        fail(ErrorCode::invalid_model, describe(node), " has ", node.attributes.size(),
             " attributes instead of one value");
    }
    const auto& [name, value] = *node.attributes.begin();
    return std::visit(ValueOf{node, name}, value);
}

}  // namespace onecnn::core::onnx
