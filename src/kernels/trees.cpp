// SPDX-License-Identifier: Apache-2.0
#include "kernels/trees.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "runtime/error.h"

namespace onecnn::core {

namespace {

constexpr std::array branches{
    std::pair{std::string_view("BRANCH_LEQ"), Branch::leq},
    std::pair{std::string_view("BRANCH_LT"), Branch::lt},
    std::pair{std::string_view("BRANCH_GTE"), Branch::gte},
    std::pair{std::string_view("BRANCH_GT"), Branch::gt},
    std::pair{std::string_view("BRANCH_EQ"), Branch::eq},
    std::pair{std::string_view("BRANCH_NEQ"), Branch::neq},
    std::pair{std::string_view("BRANCH_MEMBER"), Branch::member},
    std::pair{std::string_view("LEAF"), Branch::leaf},
};

void require_inside(std::int64_t index, std::size_t size, std::string_view of, const std::string& what) {
    if (index < 0 || std::cmp_greater_equal(index, size)) {
        fail(ErrorCode::invalid_model, what, ": ", of, " is ", index, ", outside [0, ", size, ")");
    }
}

void verify_indices(const Trees& trees, std::int64_t features, const std::string& what) {
    for (std::size_t i = 0; i < trees.nodes.size(); ++i) {
        const auto& node = trees.nodes[i];
        if (node.branch != Branch::leaf) {
            const auto of = [&](std::string_view part) { return concat(part, " of node ", i); };
            require_inside(node.feature, static_cast<std::size_t>(features), of("the feature"), what);
            require_inside(node.true_child, trees.nodes.size(), of("the true child"), what);
            require_inside(node.false_child, trees.nodes.size(), of("the false child"), what);
        }
    }
    for (const std::int64_t root : trees.roots) {
        require_inside(root, trees.nodes.size(), "the root of a tree", what);
    }
    for (const auto& vote : trees.votes) {
        require_inside(vote.node, trees.nodes.size(), "the node of a leaf's weight", what);
        require_inside(vote.target, static_cast<std::size_t>(trees.targets), "the target of a leaf's weight", what);
    }
}

/// A walk in depth: a node that is met again before all beneath it have been left lies on a cycle. Nodes may have several
/// parents, as LightGBM's sets of categories have.
std::vector<std::size_t> acyclic_order(const Trees& trees, const std::string& what) {
    enum class Seen : std::uint8_t { no, within, left };
    struct Visit {
        std::size_t node;
        bool leaving;
    };
    std::vector<Seen> seen(trees.nodes.size(), Seen::no);
    std::vector<std::size_t> order;
    std::vector<Visit> stack;
    for (const std::int64_t root : trees.roots) {
        stack.push_back({static_cast<std::size_t>(root), false});
        while (!stack.empty()) {
            const Visit visit = stack.back();
            stack.pop_back();
            const auto& node = trees.nodes[visit.node];
            Seen& state = seen[visit.node];
            if (visit.leaving) {
                state = Seen::left;
            } else if (state == Seen::within) {
                fail(ErrorCode::invalid_model, what, ": node ", visit.node, " of its trees leads back to itself");
            } else if (state == Seen::no) {
                order.push_back(visit.node);
                state = node.branch == Branch::leaf ? Seen::left : Seen::within;
                if (node.branch != Branch::leaf) {
                    stack.push_back({visit.node, true});
                    stack.push_back({static_cast<std::size_t>(node.false_child), false});
                    stack.push_back({static_cast<std::size_t>(node.true_child), false});
                }
            }
        }
    }
    return order;
}

}  // namespace

std::optional<Branch> find_branch(std::string_view name) {
    for (const auto& [known, branch] : branches) {
        if (known == name) {
            return branch;
        }
    }
    return std::nullopt;
}

std::vector<std::size_t> verified_order(const Trees& trees, std::int64_t features, const std::string& what) {
    constexpr std::size_t most_nodes = std::numeric_limits<std::int32_t>::max();
    constexpr std::int64_t most_features = std::int64_t{1} << 29;
    if (std::max(trees.nodes.size(), trees.votes.size()) > most_nodes || features > most_features ||
        std::cmp_greater(trees.targets, most_nodes)) {
        fail(ErrorCode::resource_limit, what, ": its trees have ", trees.nodes.size(), " nodes, ", trees.votes.size(),
             " weights, ", trees.targets, " targets and ", features, " features; the most are ", most_nodes,
             " of the first three and ", most_features, " features");
    }
    if (trees.targets < 1) {
        fail(ErrorCode::invalid_model, what, ": it has ", trees.targets, " targets, expected 1 or more");
    }
    if (features < 1) {
        fail(ErrorCode::invalid_model, what, ": its rows have no feature");
    }
    if (trees.roots.empty()) {
        fail(ErrorCode::invalid_model, what, ": it has no tree");
    }
    if (!trees.base_values.empty() && std::cmp_not_equal(trees.base_values.size(), trees.targets)) {
        fail(ErrorCode::invalid_model, what, ": base_values has ", trees.base_values.size(), " values, expected ",
             trees.targets);
    }
    verify_indices(trees, features, what);
    return acyclic_order(trees, what);
}

}  // namespace onecnn::core
