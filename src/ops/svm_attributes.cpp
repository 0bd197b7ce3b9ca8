// SPDX-License-Identifier: Apache-2.0
#include "ops/svm_attributes.h"

#include <string>
#include <vector>

#include "graph/attributes.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

SvmFunction::Kind kind_of(const Node& node) {
    const auto text = attribute<std::string>(node, "kernel_type", "LINEAR");
    if (text == "LINEAR") {
        return SvmFunction::Kind::linear;
    }
    if (text == "POLY") {
        return SvmFunction::Kind::poly;
    }
    if (text == "RBF") {
        return SvmFunction::Kind::rbf;
    }
    if (text == "SIGMOID") {
        return SvmFunction::Kind::sigmoid;
    }
    fail(ErrorCode::invalid_model, describe(node), ": kernel_type is '", text,
         "', expected LINEAR, POLY, RBF or SIGMOID");
}

}  // namespace

SvmFunction svm_function(const Node& node) {
    const auto parameters = attribute<std::vector<float>>(node, "kernel_params", {});
    if (parameters.empty()) {
        return {.kind = kind_of(node)};
    }
    if (parameters.size() != 3) {
        fail(ErrorCode::invalid_model, describe(node), ": kernel_params has ", parameters.size(),
             " values, expected gamma, coef0 and degree");
    }
    return {.kind = kind_of(node), .gamma = parameters[0], .coef0 = parameters[1], .degree = parameters[2]};
}

SvmKernel svm_kernel(const Node& node, const SvmFunction& function, std::int64_t count) {
    const auto vectors = required_attribute<std::vector<float>>(node, "support_vectors");
    const auto size = static_cast<std::int64_t>(vectors.size());
    if (size == 0 || size % count != 0) {
        fail(ErrorCode::invalid_model, describe(node), ": support_vectors has ", size, " values, which do not make ",
             count, " vectors");
    }
    return {function, vectors, count};
}

}  // namespace onecnn::core
