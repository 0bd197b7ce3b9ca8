// SPDX-License-Identifier: Apache-2.0
#include "ops/class_results.h"

#include <algorithm>
#include <array>
#include <utility>

#include "graph/attributes.h"
#include "runtime/error.h"

namespace onecnn::core {

std::vector<std::int64_t> class_labels(const Node& node, std::string_view name) {
    auto labels = required_attribute<std::vector<std::int64_t>>(node, name);
    if (labels.empty()) {
        fail(ErrorCode::invalid_model, describe(node), ": ", name, " has no value");
    }
    return labels;
}

ClassResults::ClassResults(LowerContext& context, std::vector<std::int64_t> labels, PostTransform transform,
                           std::optional<SharedScore> shared)
    : labels_(std::move(labels)), transform_(transform), shared_(shared) {
    if (context.has_output(0)) {
        label_ = context.output(0);
    }
    if (context.has_output(1)) {
        scores_ = context.output(1);
    }
}

std::vector<Slot> ClassResults::slots() const {
    std::vector<Slot> slots;
    for (const auto& slot : {label_, scores_}) {
        if (slot) {
            slots.push_back(*slot);
        }
    }
    return slots;
}

void ClassResults::operator()(const Memory& memory, std::int64_t row, std::span<double> scores) const {
    // Sums that were equal before they were added up in another order must be equal still.
    std::ranges::transform(scores, scores.begin(), [](double score) { return static_cast<float>(score); });
    if (label_) {
        const auto best =
            shared_ ? (scores[0] > shared_->threshold ? 1 : 0) : std::ranges::max_element(scores) - scores.begin();
        memory.at<std::int64_t>(*label_)[row] = labels_[static_cast<std::size_t>(best)];
    }
    if (scores_) {
        std::array<double, 2> pair{};
        if (shared_) {
            pair = {shared_->probability ? 1 - scores[0] : -scores[0], scores[0]};
            scores = pair;
        }
        apply(transform_, scores);
        std::ranges::transform(scores, memory.at<float>(*scores_) + row * static_cast<std::int64_t>(scores.size()),
                               [](double score) { return static_cast<float>(score); });
    }
}

}  // namespace onecnn::core
