// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "graph/attributes.h"
#include "kernels/tree_step.h"
#include "ops/lower_context.h"
#include "ops/ml_attributes.h"
#include "ops/ml_rows.h"
#include "ops/tree_attributes.h"

namespace onecnn::core {

namespace {

Aggregate aggregate_of(const Node& node) {
    const auto text = attribute<std::string>(node, "aggregate_function", "SUM");
    if (text == "AVERAGE") {
        return Aggregate::average;
    }
    if (text == "SUM") {
        return Aggregate::sum;
    }
    if (text == "MIN") {
        return Aggregate::min;
    }
    if (text == "MAX") {
        return Aggregate::max;
    }
    fail(ErrorCode::invalid_model, describe(node), ": aggregate_function is '", text,
         "', expected AVERAGE, SUM, MIN or MAX");
}

void infer(InferContext& context) {
    const MlRows x = require_ml_rows(context);
    const auto targets = attribute<std::int64_t>(context.node(), "n_targets", 1);
    if (targets < 1) {
        context.invalid("n_targets is ", targets, ", expected 1 or more");
    }
    static_cast<void>(aggregate_of(context.node()));
    static_cast<void>(post_transform(context.node()));
    context.set_output(0, DType::float32, {x.rows, targets});
}

void lower(LowerContext& context) {
    const auto [rows, features] = ml_rows(context.shape(0));
    const Slot y = context.output(0);
    Trees trees = tree_attributes(context.node(), "target", context.output_shape(0)[1]);
    trees.aggregate = aggregate_of(context.node());
    context.add(make_tree_step(trees, {context.input(0), context.dtype(0), rows, features}, {y},
                               float_scores(y, post_transform(context.node())), describe(context.node())));
}

const Registration regressor{{"ai.onnx.ml", "TreeEnsembleRegressor", 1, 1, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
