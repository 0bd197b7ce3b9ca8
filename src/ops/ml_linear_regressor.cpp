// SPDX-License-Identifier: Apache-2.0
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "kernels/linear_step.h"
#include "ops/lower_context.h"
#include "ops/ml_attributes.h"
#include "ops/ml_rows.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    const MlRows x = require_ml_rows(context);
    const Node& node = context.node();
    const auto targets = attribute<std::int64_t>(node, "targets", 1);
    const auto coefficients = required_attribute<std::vector<float>>(node, "coefficients").size();
    if (targets < 1 || coefficients == 0 || coefficients % static_cast<std::size_t>(targets) != 0) {
        context.invalid("coefficients has ", coefficients, " values, which do not make ", targets, " targets");
    }
    require_features(context, x, static_cast<std::int64_t>(coefficients) / targets);
    const auto intercepts = attribute<std::vector<float>>(node, "intercepts", {}).size();
    if (intercepts != 0) {
        require_values(node, "intercepts", intercepts, static_cast<std::size_t>(targets));
    }
    static_cast<void>(post_transform(node));
    context.set_output(0, DType::float32, {x.rows, targets});
}

void lower(LowerContext& context) {
    const Node& node = context.node();
    const auto [rows, features] = ml_rows(context.shape(0));
    const Slot y = context.output(0);
    auto intercepts = attribute<std::vector<float>>(node, "intercepts", {});
    intercepts.resize(static_cast<std::size_t>(context.output_shape(0)[1]));
    context.add(make_linear_step(required_attribute<std::vector<float>>(node, "coefficients"), std::move(intercepts),
                                 {context.input(0), context.dtype(0), rows, features}, {y},
                                 float_scores(y, post_transform(node))));
}

const Registration linear_regressor{{"ai.onnx.ml", "LinearRegressor", 1, 1, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
