// SPDX-License-Identifier: Apache-2.0
#include "ops/tree_attributes.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "ops/ml_attributes.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

using Integers = std::vector<std::int64_t>;

/// A node's name: its tree's id and its own there.
using TreeNodeId = std::pair<std::int64_t, std::int64_t>;

/// Where the nodes stand in the attributes' lists.
class NodeIndex {
public:
    NodeIndex(const Node& node, const Integers& tree_ids, const Integers& node_ids) : node_(node) {
        entries_.reserve(tree_ids.size());
        for (std::size_t i = 0; i < tree_ids.size(); ++i) {
            entries_.push_back({{tree_ids[i], node_ids[i]}, static_cast<std::int64_t>(i)});
        }
        std::ranges::sort(entries_);
        const auto same = std::ranges::adjacent_find(entries_, {}, &Entry::first);
        if (same != entries_.end()) {
            fail(ErrorCode::invalid_model, describe(node), ": tree ", same->first.first, " has two nodes ",
                 same->first.second);
        }
    }

    [[nodiscard]] std::int64_t find(const TreeNodeId& id) const {
        const auto found = std::ranges::lower_bound(entries_, id, {}, &Entry::first);
        if (found == entries_.end() || found->first != id) {
            fail(ErrorCode::invalid_model, describe(node_), ": tree ", id.first, " has no node ", id.second,
                 ", which another attribute names");
        }
        return found->second;
    }

private:
    using Entry = std::pair<TreeNodeId, std::int64_t>;

    const Node& node_;
    std::vector<Entry> entries_;
};

Branch branch_of(const Node& node, const std::string& mode) {
    const auto found = find_branch(mode);
    if (!found || *found == Branch::member) {
        fail(ErrorCode::invalid_model, describe(node), ": a node's mode is '", mode,
             "', expected LEAF or BRANCH_ and LEQ, LT, GTE, GT, EQ or NEQ");
    }
    return *found;
}

Integers required_integers(const Node& node, const std::string& name, std::size_t expected) {
    auto values = required_attribute<Integers>(node, name);
    require_values(node, name, values.size(), expected);
    return values;
}

std::vector<Trees::Node> tree_nodes(const Node& node, const Integers& tree_ids, const NodeIndex& index) {
    const std::size_t count = tree_ids.size();
    const auto modes = required_attribute<std::vector<std::string>>(node, "nodes_modes");
    const auto splits = numbers(node, "nodes_values");
    const auto missing = attribute<Integers>(node, "nodes_missing_value_tracks_true", {});
    const auto features = required_integers(node, "nodes_featureids", count);
    const auto true_ids = required_integers(node, "nodes_truenodeids", count);
    const auto false_ids = required_integers(node, "nodes_falsenodeids", count);
    require_values(node, "nodes_modes", modes.size(), count);
    require_values(node, "nodes_values", splits.size(), count);
    if (!missing.empty()) {
        require_values(node, "nodes_missing_value_tracks_true", missing.size(), count);
    }
    std::vector<Trees::Node> nodes(count);
    for (std::size_t i = 0; i < count; ++i) {
        nodes[i].branch = branch_of(node, modes[i]);
        if (nodes[i].branch != Branch::leaf) {
            nodes[i].missing_tracks_true = !missing.empty() && missing[i] != 0;
            nodes[i].feature = features[i];
            nodes[i].split = splits[i];
            nodes[i].true_child = index.find({tree_ids[i], true_ids[i]});
            nodes[i].false_child = index.find({tree_ids[i], false_ids[i]});
        }
    }
    return nodes;
}

/// A tree's root is the node that comes first.
Integers tree_roots(const Integers& tree_ids) {
    std::unordered_set<std::int64_t> rooted;
    Integers roots;
    for (std::size_t i = 0; i < tree_ids.size(); ++i) {
        if (rooted.insert(tree_ids[i]).second) {
            roots.push_back(static_cast<std::int64_t>(i));
        }
    }
    return roots;
}

std::vector<Trees::Vote> tree_votes(const Node& node, const std::string& voted, const NodeIndex& index) {
    const auto weights = numbers(node, voted + "_weights");
    const auto tree_ids = required_integers(node, voted + "_treeids", weights.size());
    const auto node_ids = required_integers(node, voted + "_nodeids", weights.size());
    const auto targets = required_integers(node, voted + "_ids", weights.size());
    std::vector<Trees::Vote> votes(weights.size());
    for (std::size_t i = 0; i < votes.size(); ++i) {
        votes[i] = {index.find({tree_ids[i], node_ids[i]}), targets[i], weights[i]};
    }
    return votes;
}

}  // namespace

Trees tree_attributes(const Node& node, const std::string& voted, std::int64_t targets) {
    const auto tree_ids = required_attribute<Integers>(node, "nodes_treeids");
    const auto node_ids = required_integers(node, "nodes_nodeids", tree_ids.size());
    const NodeIndex index(node, tree_ids, node_ids);
    Trees trees;
    trees.nodes = tree_nodes(node, tree_ids, index);
    trees.roots = tree_roots(tree_ids);
    trees.votes = tree_votes(node, voted, index);
    trees.targets = targets;
    trees.base_values = numbers(node, "base_values");
    return trees;
}

}  // namespace onecnn::core
