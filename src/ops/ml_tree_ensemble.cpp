// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "kernels/convert.h"
#include "kernels/tree_step.h"
#include "ops/lower_context.h"
#include "ops/ml_attributes.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

using Integers = std::vector<std::int64_t>;

/// The entry of `values` that an integer attribute names.
template <typename T, std::size_t size>
T choice(const Node& node, std::string_view name, std::int64_t fallback, const std::array<T, size>& values) {
    const auto index = attribute<std::int64_t>(node, name, fallback);
    if (index < 0 || std::cmp_greater_equal(index, size)) {
        fail(ErrorCode::invalid_model, describe(node), ": ", name, " is ", index, ", expected 0 to ", size - 1);
    }
    return values[static_cast<std::size_t>(index)];
}

Aggregate aggregate_of(const Node& node) {
    return choice(node, "aggregate_function", 1,
                  std::array{Aggregate::average, Aggregate::sum, Aggregate::min, Aggregate::max});
}

PostTransform transform_of(const Node& node) {
    return choice(node, "post_transform", 0,
                  std::array{PostTransform::none, PostTransform::softmax, PostTransform::logistic,
                             PostTransform::softmax_zero, PostTransform::probit});
}

/// The attributes nodes_* and leaf_*. As `Trees` has it, the leaves follow the inner nodes.
class Attributes {
public:
    explicit Attributes(const Node& node)
        : node_(node), splits_(tensor("nodes_splits")), weights_(tensor("leaf_weights")) {
        true_ids_ = integers("nodes_truenodeids");
        false_ids_ = integers("nodes_falsenodeids");
        true_leafs_ = integers("nodes_trueleafs");
        false_leafs_ = integers("nodes_falseleafs");
    }

    [[nodiscard]] Trees trees() const {
        Trees trees;
        trees.nodes = nodes();
        trees.roots = required_attribute<Integers>(node_, "tree_roots");
        trees.votes = votes();
        trees.targets = attribute<std::int64_t>(node_, "n_targets", 1);
        trees.aggregate = aggregate_of(node_);
        for (const std::int64_t root : trees.roots) {
            require_index("tree_roots", root, splits_.size());
        }
        return trees;
    }

private:
    [[nodiscard]] std::vector<double> tensor(const std::string& name) const {
        return numbers(node_, name, required_attribute<Tensor>(node_, name));
    }

    /// One value for each inner node.
    [[nodiscard]] Integers integers(std::string_view name) const {
        auto values = required_attribute<Integers>(node_, name);
        require_values(node_, name, values.size(), splits_.size());
        return values;
    }

    void require_index(std::string_view name, std::int64_t index, std::size_t size) const {
        if (index < 0 || std::cmp_greater_equal(index, size)) {
            fail(ErrorCode::invalid_model, describe(node_), ": ", name, " has ", index, ", outside [0, ", size, ")");
        }
    }

    [[nodiscard]] std::int64_t child(std::string_view name, std::int64_t id, bool leaf) const {
        require_index(name, id, leaf ? weights_.size() : splits_.size());
        return leaf ? static_cast<std::int64_t>(splits_.size()) + id : id;
    }

    [[nodiscard]] std::vector<Trees::Node> nodes() const {
        const auto modes = tensor("nodes_modes");
        require_values(node_, "nodes_modes", modes.size(), splits_.size());
        const auto features = integers("nodes_featureids");
        const auto missing =
            find_attribute<Integers>(node_, "nodes_missing_value_tracks_true").value_or(Integers(splits_.size(), 0));
        require_values(node_, "nodes_missing_value_tracks_true", missing.size(), splits_.size());
        std::vector<Trees::Node> nodes(splits_.size() + weights_.size());
        for (std::size_t i = 0; i < splits_.size(); ++i) {
            const double mode = modes[i];
            if (!(mode >= 0 && mode <= static_cast<double>(Branch::member))) {
                fail(ErrorCode::invalid_model, describe(node_), ": nodes_modes has ", mode, ", expected 0 to 6");
            }
            nodes[i].branch = static_cast<Branch>(mode);
            nodes[i].missing_tracks_true = missing[i] != 0;
            nodes[i].feature = features[i];
            nodes[i].split = splits_[i];
            nodes[i].true_child = child("nodes_truenodeids", true_ids_[i], true_leafs_[i] != 0);
            nodes[i].false_child = child("nodes_falsenodeids", false_ids_[i], false_leafs_[i] != 0);
        }
        set_members(nodes);
        return nodes;
    }

    /// The sets of members stand in the order of their nodes, each ended by NaN.
    void set_members(std::span<Trees::Node> nodes) const {
        const auto given = find_attribute<Tensor>(node_, "membership_values");
        const auto values = given ? numbers(node_, "membership_values", *given) : std::vector<double>();
        auto next = values.begin();
        for (auto& node : nodes) {
            if (node.branch == Branch::member) {
                if (next == values.end()) {
                    fail(ErrorCode::invalid_model, describe(node_),
                         ": membership_values has fewer sets than nodes_modes has BRANCH_MEMBER");
                }
                while (next != values.end() && !std::isnan(*next)) {
                    node.members.push_back(*next++);
                }
                next += next == values.end() ? 0 : 1;
            }
        }
        if (next != values.end()) {
            fail(ErrorCode::invalid_model, describe(node_),
                 ": membership_values has more sets than nodes_modes has BRANCH_MEMBER");
        }
    }

    [[nodiscard]] std::vector<Trees::Vote> votes() const {
        const auto targets = required_attribute<Integers>(node_, "leaf_targetids");
        require_values(node_, "leaf_targetids", targets.size(), weights_.size());
        std::vector<Trees::Vote> votes(weights_.size());
        for (std::size_t i = 0; i < votes.size(); ++i) {
            votes[i] = {static_cast<std::int64_t>(splits_.size() + i), targets[i], weights_[i]};
        }
        return votes;
    }

    const Node& node_;
    std::vector<double> splits_;
    std::vector<double> weights_;
    Integers true_ids_;
    Integers false_ids_;
    Integers true_leafs_;
    Integers false_leafs_;
};

void infer(InferContext& context) {
    const DType dtype = context.dtype(0);
    if (dtype != DType::float32 && dtype != DType::float64 && dtype != DType::float16) {
        context.invalid("input 0 is ", name(dtype), ", expected float32, float64 or float16");
    }
    context.require_rank(0, 2);
    const auto targets = attribute<std::int64_t>(context.node(), "n_targets", 1);
    if (targets < 1) {
        context.invalid("n_targets is ", targets, ", expected 1 or more");
    }
    static_cast<void>(aggregate_of(context.node()));
    static_cast<void>(transform_of(context.node()));
    context.set_output(0, dtype, {context.shape(0)[0], targets});
}

void lower(LowerContext& context) {
    const Slot y = context.output(0);
    const DType dtype = context.dtype(0);
    const Shape& shape = context.shape(0);
    context.add(make_tree_step(
        Attributes(context.node()).trees(), {context.input(0), dtype, shape[0], shape[1]}, {y},
        [y, element = bits(dtype) / 8, convert = conversion(DType::float64, dtype),
         transform = transform_of(context.node())](const Memory& memory, std::int64_t row, std::span<double> scores) {
            apply(transform, scores);
            const auto targets = static_cast<std::int64_t>(scores.size());
            convert(reinterpret_cast<const std::byte*>(scores.data()), memory[y] + row * targets * element, targets);
        },
        describe(context.node())));
}

const Registration tree_ensemble{{"ai.onnx.ml", "TreeEnsemble", 1, 1, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
