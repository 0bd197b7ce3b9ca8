// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/post_transform.h"
#include "ops/lower_context.h"

namespace onecnn::core {

/// The integers in attribute `name`, one a class. InvalidModel where there is none.
[[nodiscard]] std::vector<std::int64_t> class_labels(const Node& node, std::string_view name);

/// How two classes share the one score there is for both.
struct SharedScore {
    bool probability;  ///< (1 − score, score), else (−score, score)
    double threshold;  ///< above it the second class wins
};

/// A classifier's outputs: labels as output 0, scores as output 1.
class ClassResults {
public:
    ClassResults(LowerContext& context, std::vector<std::int64_t> labels, PostTransform transform,
                 std::optional<SharedScore> shared);

    /// The outputs that somebody uses.
    [[nodiscard]] std::vector<Slot> slots() const;

    /// Writes a row's label and scores.
    void operator()(const Memory& memory, std::int64_t row, std::span<double> scores) const;

private:
    std::vector<std::int64_t> labels_;
    PostTransform transform_;
    std::optional<SharedScore> shared_;
    std::optional<Slot> label_;
    std::optional<Slot> scores_;
};

}  // namespace onecnn::core
