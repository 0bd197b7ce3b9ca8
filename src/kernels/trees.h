// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace onecnn::core {

/// How a node compares its feature with its split; `leaf` compares nothing.
enum class Branch : std::uint8_t { leq, lt, gte, gt, eq, neq, member, leaf };

/// By its ONNX name; nothing when there is none of that name.
[[nodiscard]] std::optional<Branch> find_branch(std::string_view name);

/// How the votes for one target become its score.
enum class Aggregate : std::uint8_t { average, sum, min, max };

/// Decision trees as a model describes them.
struct Trees {
    struct Node {
        Branch branch = Branch::leaf;
        bool missing_tracks_true = false;  ///< where NaN goes; else it goes where the comparison sends it
        std::int64_t feature = 0;
        double split = 0;
        std::int64_t true_child = 0;  ///< an index into `nodes`, as is the next
        std::int64_t false_child = 0;
        std::vector<double> members = {};  ///< of `member` alone
    };
    /// What a leaf adds to a target.
    struct Vote {
        std::int64_t node;
        std::int64_t target;
        double weight;
    };

    std::vector<Node> nodes;
    std::vector<std::int64_t> roots;  ///< one a tree
    std::vector<Vote> votes;          ///< those of inner nodes count for nothing
    std::int64_t targets = 1;
    Aggregate aggregate = Aggregate::sum;
    std::vector<double> base_values;  ///< one a target, or none
};

/// The nodes that the roots lead to, each tree's one after another. Refuses indices outside, features that rows of `features`
/// lack, and nodes that lead back to themselves: InvalidModel, with `what` in front.
[[nodiscard]] std::vector<std::size_t> verified_order(const Trees& trees, std::int64_t features,
                                                      const std::string& what);

}  // namespace onecnn::core
