// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/trees.h"

namespace onecnn::core {

/// Decision trees laid out to be walked fast. Rows and splits are compared as T: float or double.
template <typename T>
class TreeEnsemble {
public:
    /// Refuses trees as `verified_order` does.
    TreeEnsemble(const Trees& trees, std::int64_t features, const std::string& what);

    [[nodiscard]] std::int64_t features() const { return features_; }
    [[nodiscard]] std::int64_t targets() const { return targets_; }
    [[nodiscard]] std::size_t bytes() const;

    /// Roughly what one row costs, in floating-point operations.
    [[nodiscard]] std::int64_t row_work() const;

    /// The scores [count, targets] of rows [count, features].
    void evaluate(const T* rows, std::int64_t count, double* scores) const;

    enum class Test : std::uint8_t { leq, lt, eq, member };

    /// A leaf leads to itself, so that walks of different lengths go on side by side until all have ended.
    struct Node {
        T split;
        std::uint32_t feature;                  ///< and in its upper bits the test, and whether NaN passes it
        std::array<std::uint32_t, 2> children;  ///< where the test fails, where it passes
    };

private:
    void add_votes(const Trees& trees, const std::vector<std::uint32_t>& places);
    template <typename Passes>
    void walk_all(const T* rows, std::int64_t count, double* scores, const Passes& passes) const;
    void vote(std::uint32_t leaf, double* scores) const;
    void finish(double* scores) const;

    std::int64_t features_;
    std::int64_t targets_;
    Aggregate aggregate_;
    std::vector<double> base_values_;
    std::vector<Node> nodes_;
    std::vector<std::uint32_t> roots_;
    std::vector<std::uint32_t> first_vote_;  // of each node; the last entry is the number of votes
    std::vector<std::uint32_t> voted_targets_;
    std::vector<double> weights_;
    std::array<bool, 4> tests_{};              // which of them occur
    std::vector<std::uint32_t> first_member_;  // as first_vote_
    std::vector<T> members_;                   // sorted within a node
};

}  // namespace onecnn::core
