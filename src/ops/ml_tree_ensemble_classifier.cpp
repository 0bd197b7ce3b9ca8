// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <utility>

#include "kernels/tree_step.h"
#include "ops/class_results.h"
#include "ops/ml_attributes.h"
#include "ops/ml_rows.h"
#include "ops/tree_attributes.h"

namespace onecnn::core {

namespace {

/// Where all leaves vote for one of two classes, their sum is its score: a probability where no weight is negative, else a
/// margin. Such trees become trees of one target.
bool take_one_of_two(Trees& trees) {
    const auto other = [&](const Trees::Vote& vote) { return vote.target != trees.votes[0].target; };
    if (trees.targets != 2 || trees.votes.empty() || std::ranges::any_of(trees.votes, other)) {
        return false;
    }
    const std::int64_t voted = trees.votes[0].target;
    if (voted < 0 || voted > 1) {
        return false;
    }
    trees.targets = 1;
    for (auto& vote : trees.votes) {
        vote.target = 0;
    }
    if (trees.base_values.size() == 2) {
        trees.base_values = {trees.base_values[static_cast<std::size_t>(voted)]};
    }
    return true;
}

void infer(InferContext& context) {
    const MlRows x = require_ml_rows(context);
    const auto classes = static_cast<std::int64_t>(class_labels(context.node(), "classlabels_int64s").size());
    static_cast<void>(post_transform(context.node()));
    context.set_output(0, DType::int64, {x.rows});
    context.set_output(1, DType::float32, {x.rows, classes});
}

void lower(LowerContext& context) {
    const Node& node = context.node();
    const auto [rows, features] = ml_rows(context.shape(0));
    auto labels = class_labels(node, "classlabels_int64s");
    Trees trees = tree_attributes(node, "class", static_cast<std::int64_t>(labels.size()));
    const PostTransform transform = post_transform(node);
    std::optional<SharedScore> shared;
    if (take_one_of_two(trees)) {
        const bool positive = std::ranges::all_of(trees.votes, [](const auto& vote) { return vote.weight >= 0; });
        const bool probability = transform == PostTransform::probit || (transform == PostTransform::none && positive);
        shared = {.probability = probability, .threshold = probability ? 0.5 : 0};
    }
    const ClassResults results(context, std::move(labels), transform, shared);
    context.add(make_tree_step(trees, {context.input(0), context.dtype(0), rows, features}, results.slots(), results,
                               describe(node)));
}

const Registration classifier{{"ai.onnx.ml", "TreeEnsembleClassifier", 1, 1, 2, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
