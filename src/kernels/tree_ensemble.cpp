// SPDX-License-Identifier: Apache-2.0
#include "kernels/tree_ensemble.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

namespace onecnn::core {

namespace {

constexpr unsigned missing_bit = 31;
constexpr unsigned test_bit = 29;
constexpr std::uint32_t feature_mask = (1U << test_bit) - 1;
constexpr std::int64_t lanes = 8;  // walks at a time: one alone would wait for memory most of its life
constexpr std::uint32_t nowhere = std::numeric_limits<std::uint32_t>::max();

/// A comparison as one of four tests; `gte`, `gt` and `neq` become the opposite one with the children exchanged.
template <typename Test>
struct Tested {
    Test test;
    bool exchanged = false;
};

template <typename Test>
Tested<Test> tested(Branch branch) {
    switch (branch) {
        case Branch::leq: return {Test::leq};
        case Branch::lt: return {Test::lt};
        case Branch::gte: return {Test::lt, true};
        case Branch::gt: return {Test::leq, true};
        case Branch::eq: return {Test::eq};
        case Branch::neq: return {Test::eq, true};
        case Branch::member: return {Test::member};
        case Branch::leaf: break;
    }
    return {Test::leq};
}

/// Whether NaN must pass the test. It fails every comparison but `neq`, unless the node tracks it as true.
bool missing_passes(const Trees::Node& node, bool exchanged) {
    const bool takes_true_child = node.missing_tracks_true || node.branch == Branch::neq;
    return takes_true_child != exchanged;
}

template <typename T>
typename TreeEnsemble<T>::Node compact(const Trees::Node& node, std::uint32_t place,
                                       const std::vector<std::uint32_t>& places) {
    if (node.branch == Branch::leaf) {
        return {T{0}, 0, {place, place}};
    }
    const auto [test, exchanged] = tested<typename TreeEnsemble<T>::Test>(node.branch);
    std::array children{places[static_cast<std::size_t>(node.false_child)],
                        places[static_cast<std::size_t>(node.true_child)]};
    if (exchanged) {
        std::swap(children[0], children[1]);
    }
    return {static_cast<T>(node.split),
            static_cast<std::uint32_t>(node.feature) | static_cast<std::uint32_t>(test) << test_bit |
                static_cast<std::uint32_t>(missing_passes(node, exchanged)) << missing_bit,
            children};
}

}  // namespace

template <typename T>
TreeEnsemble<T>::TreeEnsemble(const Trees& trees, std::int64_t features, const std::string& what)
    : features_(features), targets_(trees.targets), aggregate_(trees.aggregate), base_values_(trees.base_values) {
    const auto order = verified_order(trees, features, what);
    std::vector<std::uint32_t> places(trees.nodes.size(), nowhere);
    for (std::size_t i = 0; i < order.size(); ++i) {
        places[order[i]] = static_cast<std::uint32_t>(i);
    }
    nodes_.reserve(order.size());
    first_member_.reserve(order.size() + 1);
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto& node = trees.nodes[order[i]];
        nodes_.push_back(compact<T>(node, static_cast<std::uint32_t>(i), places));
        first_member_.push_back(static_cast<std::uint32_t>(members_.size()));
        std::ranges::transform(node.members, std::back_inserter(members_), [](double x) { return static_cast<T>(x); });
        std::sort(members_.begin() + first_member_.back(), members_.end());
        if (node.branch != Branch::leaf) {
            tests_[static_cast<std::size_t>(tested<Test>(node.branch).test)] = true;
        }
    }
    first_member_.push_back(static_cast<std::uint32_t>(members_.size()));
    for (const std::int64_t root : trees.roots) {
        roots_.push_back(places[static_cast<std::size_t>(root)]);
    }
    add_votes(trees, places);
}

template <typename T>
void TreeEnsemble<T>::add_votes(const Trees& trees, const std::vector<std::uint32_t>& places) {
    const auto leaf = [&](const Trees::Vote& vote) {
        const auto node = static_cast<std::size_t>(vote.node);
        return trees.nodes[node].branch == Branch::leaf ? places[node] : nowhere;
    };
    first_vote_.assign(nodes_.size() + 1, 0);
    for (const auto& vote : trees.votes) {
        if (leaf(vote) != nowhere) {
            ++first_vote_[leaf(vote) + 1];
        }
    }
    std::partial_sum(first_vote_.begin(), first_vote_.end(), first_vote_.begin());
    std::vector<std::uint32_t> next(first_vote_.begin(), first_vote_.end() - 1);
    voted_targets_.resize(first_vote_.back());
    weights_.resize(first_vote_.back());
    for (const auto& vote : trees.votes) {
        if (leaf(vote) != nowhere) {
            const std::uint32_t place = next[leaf(vote)]++;
            voted_targets_[place] = static_cast<std::uint32_t>(vote.target);
            weights_[place] = vote.weight;
        }
    }
}

template <typename T>
std::size_t TreeEnsemble<T>::bytes() const {
    return nodes_.size() * (sizeof(Node) + 2 * sizeof(std::uint32_t)) +
           weights_.size() * (sizeof(double) + sizeof(std::uint32_t)) + members_.size() * sizeof(T);
}

template <typename T>
std::int64_t TreeEnsemble<T>::row_work() const {
    constexpr std::int64_t per_node = 6;
    const auto trees = static_cast<std::int64_t>(std::max<std::size_t>(1, roots_.size()));
    const auto nodes_per_tree = nodes_.size() / static_cast<std::size_t>(trees);
    return trees * (std::bit_width(nodes_per_tree) + 1) * per_node;
}

template <typename T>
void TreeEnsemble<T>::evaluate(const T* rows, std::int64_t count, double* scores) const {
    // Until a vote comes, a score is none: NaN gives way to whatever it is compared with.
    const bool adds = aggregate_ == Aggregate::sum || aggregate_ == Aggregate::average;
    std::fill_n(scores, count * targets_, adds ? 0 : std::numeric_limits<double>::quiet_NaN());
    if (tests_ == std::array{true, false, false, false}) {
        walk_all(rows, count, scores, [](const Node& node, std::uint32_t, T x) { return x <= node.split; });
    } else if (tests_ == std::array{false, true, false, false}) {
        walk_all(rows, count, scores, [](const Node& node, std::uint32_t, T x) { return x < node.split; });
    } else {
        walk_all(rows, count, scores, [this](const Node& node, std::uint32_t place, T x) {
            switch (static_cast<Test>(node.feature >> test_bit & 3)) {
                case Test::leq: return x <= node.split;
                case Test::lt: return x < node.split;
                case Test::eq: return x == node.split;
                case Test::member: break;
            }
            const auto end = members_.begin() + first_member_[place + 1];
            const auto found = std::lower_bound(members_.begin() + first_member_[place], end, x);
            return found != end && *found == x;
        });
    }
    for (std::int64_t i = 0; i < count; ++i) {
        finish(scores + i * targets_);
    }
}

/// Walks side by side: those of several rows through one tree where there are rows enough, else of one row through several.
template <typename T>
template <typename Passes>
void TreeEnsemble<T>::walk_all(const T* rows, std::int64_t count, double* scores, const Passes& passes) const {
    const auto trees = static_cast<std::int64_t>(roots_.size());
    const bool by_rows = count >= lanes;
    const std::int64_t steps = by_rows ? trees : count;
    const std::int64_t together = by_rows ? count : trees;
    std::array<const T*, lanes> row{};
    std::array<std::uint32_t, lanes> place{};
    for (std::int64_t step = 0; step < steps; ++step) {
        for (std::int64_t first = 0; first < together; first += lanes) {
            const auto row_of = [&](std::int64_t lane) { return by_rows ? first + lane : step; };
            const auto used = static_cast<std::size_t>(std::min(lanes, together - first));
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                const auto of = static_cast<std::int64_t>(std::min(lane, used - 1));
                row[lane] = rows + row_of(of) * features_;
                place[lane] = roots_[static_cast<std::size_t>(by_rows ? step : first + of)];
            }
            for (std::uint32_t moved = 1; moved != 0;) {
                moved = 0;
                for (std::size_t lane = 0; lane < lanes; ++lane) {
                    const Node& node = nodes_[place[lane]];
                    const T x = row[lane][node.feature & feature_mask];
                    const bool passed = passes(node, place[lane], x) | ((x != x) & (node.feature >> missing_bit != 0));
                    const std::uint32_t next = node.children[passed];
                    moved |= next ^ place[lane];
                    place[lane] = next;
                }
            }
            for (std::size_t lane = 0; lane < used; ++lane) {
                vote(place[lane], scores + row_of(static_cast<std::int64_t>(lane)) * targets_);
            }
        }
    }
}

template <typename T>
void TreeEnsemble<T>::vote(std::uint32_t leaf, double* scores) const {
    for (std::uint32_t i = first_vote_[leaf]; i < first_vote_[leaf + 1]; ++i) {
        double& score = scores[voted_targets_[i]];
        const double weight = weights_[i];
        switch (aggregate_) {
            case Aggregate::sum:
            case Aggregate::average: score += weight; break;
            case Aggregate::min: score = score < weight ? score : weight; break;
            case Aggregate::max: score = score > weight ? score : weight; break;
        }
    }
}

template <typename T>
void TreeEnsemble<T>::finish(double* scores) const {
    for (std::int64_t i = 0; i < targets_; ++i) {
        double& score = scores[i];
        switch (aggregate_) {
            case Aggregate::sum: break;
            case Aggregate::average: score /= static_cast<double>(roots_.size()); break;
            case Aggregate::min:
            case Aggregate::max: score = std::isnan(score) ? 0 : score; break;
        }
        if (!base_values_.empty()) {
            score += base_values_[static_cast<std::size_t>(i)];
        }
    }
}

template class TreeEnsemble<float>;
template class TreeEnsemble<double>;

}  // namespace onecnn::core
