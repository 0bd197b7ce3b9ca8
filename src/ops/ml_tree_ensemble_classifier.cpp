// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "kernels/tree_step.h"
#include "ops/lower_context.h"
#include "ops/ml_attributes.h"
#include "ops/ml_rows.h"
#include "ops/tree_attributes.h"

namespace onecnn::core {

namespace {

std::vector<std::int64_t> labels_of(const Node& node) {
    auto labels = class_labels(node, "classlabels_int64s");
    if (labels.empty()) {
        fail(ErrorCode::invalid_model, describe(node), ": classlabels_int64s has no value");
    }
    return labels;
}

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
    const auto classes = static_cast<std::int64_t>(labels_of(context.node()).size());
    static_cast<void>(post_transform(context.node()));
    context.set_output(0, DType::int64, {x.rows});
    context.set_output(1, DType::float32, {x.rows, classes});
}

/// Labels and scores from the trees' sums.
struct Results {
    std::vector<std::int64_t> labels;
    PostTransform transform;
    bool one_of_two;
    bool probability;
    std::optional<Slot> label;
    std::optional<Slot> scores;

    void operator()(const Memory& memory, std::int64_t row, std::span<double> sums) const {
        std::array<double, 2> pair{};
        if (one_of_two) {
            pair = {probability ? 1 - sums[0] : -sums[0], sums[0]};
            sums = pair;
        }
        if (label) {
            const auto best = std::ranges::max_element(sums) - sums.begin();
            memory.at<std::int64_t>(*label)[row] = labels[static_cast<std::size_t>(best)];
        }
        if (scores) {
            apply(transform, sums);
            std::ranges::transform(sums, memory.at<float>(*scores) + row * static_cast<std::int64_t>(sums.size()),
                                   [](double score) { return static_cast<float>(score); });
        }
    }
};

void lower(LowerContext& context) {
    const Node& node = context.node();
    const auto [rows, features] = ml_rows(context.shape(0));
    std::vector<Slot> writes;
    const auto output = [&](std::size_t index) -> std::optional<Slot> {
        return context.has_output(index) ? std::optional(writes.emplace_back(context.output(index))) : std::nullopt;
    };
    auto labels = labels_of(node);
    Trees trees = tree_attributes(node, "class", static_cast<std::int64_t>(labels.size()));
    const bool one_of_two = take_one_of_two(trees);
    const PostTransform transform = post_transform(node);
    const bool positive = std::ranges::all_of(trees.votes, [](const auto& vote) { return vote.weight >= 0; });
    const bool probability = transform == PostTransform::probit || (transform == PostTransform::none && positive);
    Results results{std::move(labels), transform, one_of_two, probability, output(0), output(1)};
    context.add(make_tree_step(trees, {context.input(0), context.dtype(0), rows, features}, std::move(writes),
                               std::move(results), describe(node)));
}

const Registration classifier{{"ai.onnx.ml", "TreeEnsembleClassifier", 1, 1, 2, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
