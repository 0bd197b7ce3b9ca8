// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "onnx/wire.h"

namespace onecnn::core::onnx {

/// Versions of operator sets by domain; "" is ai.onnx.
using Opsets = std::map<std::string, std::int64_t, std::less<>>;

/// An operator that the model itself defines, as nodes.
struct Function {
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    std::vector<Message> defaults;  ///< AttributeProtos of the attributes that a call may leave out
    std::vector<Message> nodes;     ///< NodeProtos
    Opsets opsets;
};

/// Functions by domain and name.
using Functions = std::map<std::pair<std::string, std::string>, Function>;

/// "" for either way of writing ONNX's own domain.
[[nodiscard]] std::string normalized_domain(std::string domain);

/// Adds what an OperatorSetIdProto imports. InvalidModel when its domain is imported already.
void add_opset(Message proto, Opsets& opsets);

/// Adds a FunctionProto. InvalidModel when there is one of its name already.
void add_function(Message proto, Functions& functions);

}  // namespace onecnn::core::onnx
