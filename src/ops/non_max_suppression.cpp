// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "graph/attributes.h"
#include "ops/execute_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

/// A box by its corners, whichever of them the model gives first.
struct Box {
    float top;
    float left;
    float bottom;
    float right;

    [[nodiscard]] float area() const { return (bottom - top) * (right - left); }
};

Box box_of(const float* numbers, bool by_centre) {
    if (by_centre) {
        const float x = numbers[0];
        const float y = numbers[1];
        const float half_width = numbers[2] / 2;
        const float half_height = numbers[3] / 2;
        return {y - half_height, x - half_width, y + half_height, x + half_width};
    }
    const auto [top, bottom] = std::minmax(numbers[0], numbers[2]);
    const auto [left, right] = std::minmax(numbers[1], numbers[3]);
    return {top, left, bottom, right};
}

/// Whether intersection over union is above `threshold`.
bool overlap(const Box& a, const Box& b, float threshold) {
    const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
    const float width = std::min(a.right, b.right) - std::max(a.left, b.left);
    if (!(height > 0) || !(width > 0)) {
        return false;
    }
    const float common = height * width;
    const float all = a.area() + b.area() - common;
    return all > 0 && common / all > threshold;
}

struct Settings {
    std::int64_t most;  ///< boxes of one class
    float iou_threshold;
    std::optional<float> score_threshold;
};

Settings settings_of(const ExecuteContext& context) {
    const auto given = [&](std::size_t index) {
        return context.has_input(index) && !context.input(index).is_nothing();
    };
    Settings settings{given(2) ? context.scalar<std::int64_t>(2) : 0, given(3) ? context.scalar<float>(3) : 0,
                      given(4) ? std::optional(context.scalar<float>(4)) : std::nullopt};
    if (!(settings.iou_threshold >= 0 && settings.iou_threshold <= 1)) {
        context.invalid("iou_threshold is ", settings.iou_threshold, ", expected 0 to 1");
    }
    return settings;
}

/// The boxes of one class that are kept, best first; of equal scores the first.
std::vector<std::int64_t> keep(const std::vector<Box>& boxes, std::span<const float> scores, const Settings& settings) {
    std::vector<std::int64_t> candidates;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        if (!settings.score_threshold || scores[i] > *settings.score_threshold) {
            candidates.push_back(static_cast<std::int64_t>(i));
        }
    }
    // NaN comes last: an order must be one of all scores.
    const auto score = [&](std::int64_t i) {
        const float value = scores[static_cast<std::size_t>(i)];
        return value == value ? value : -std::numeric_limits<float>::infinity();
    };
    std::ranges::stable_sort(candidates, [&](std::int64_t a, std::int64_t b) { return score(a) > score(b); });
    std::vector<std::int64_t> kept;
    for (const std::int64_t candidate : candidates) {
        if (static_cast<std::int64_t>(kept.size()) >= settings.most) {
            break;
        }
        const Box& box = boxes[static_cast<std::size_t>(candidate)];
        const bool suppressed = std::ranges::any_of(kept, [&](std::int64_t other) {
            return overlap(boxes[static_cast<std::size_t>(other)], box, settings.iou_threshold);
        });
        if (!suppressed) {
            kept.push_back(candidate);
        }
    }
    return kept;
}

void execute(ExecuteContext& context) {
    const auto numbers = context.elements<float>(0);
    const auto scores = context.elements<float>(1);
    const Shape& boxes_shape = context.tensor(0).shape();
    const Shape& scores_shape = context.tensor(1).shape();
    if (boxes_shape.size() != 3 || boxes_shape[2] != 4 || scores_shape.size() != 3 ||
        scores_shape[0] != boxes_shape[0] || scores_shape[2] != boxes_shape[1]) {
        context.invalid("boxes are ", describe(context.input(0)), " and scores ", describe(context.input(1)),
                        "; expected [batches, boxes, 4] and [batches, classes, boxes]");
    }
    const bool by_centre = attribute<std::int64_t>(context.node(), "center_point_box", 0) != 0;
    const Settings settings = settings_of(context);
    const auto count = static_cast<std::size_t>(boxes_shape[1]);
    std::vector<std::array<std::int64_t, 3>> selected;
    std::vector<Box> boxes(count);
    for (std::int64_t batch = 0; batch < scores_shape[0]; ++batch) {
        for (std::size_t i = 0; i < count; ++i) {
            boxes[i] = box_of(numbers.data() + (static_cast<std::size_t>(batch) * count + i) * 4, by_centre);
        }
        for (std::int64_t label = 0; label < scores_shape[1]; ++label) {
            const auto first = static_cast<std::size_t>(batch * scores_shape[1] + label) * count;
            for (const std::int64_t box : keep(boxes, scores.subspan(first, count), settings)) {
                selected.push_back({batch, label, box});
            }
        }
    }
    Tensor result(DType::int64, {static_cast<std::int64_t>(selected.size()), 3});
    auto* to = result.as<std::int64_t>().data();
    for (const auto& row : selected) {
        to = std::ranges::copy(row, to).out;
    }
    context.set_output(0, std::move(result));
}

const Registration non_max_suppression{{"", "NonMaxSuppression", 2, 5, 1, {}, nullptr, nullptr, execute}};

}  // namespace

}  // namespace onecnn::core
