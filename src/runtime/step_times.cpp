// SPDX-License-Identifier: Apache-2.0
#include "runtime/step_times.h"

#include <algorithm>
#include <utility>

#include "runtime/plan.h"

namespace onecnn::core {

namespace {

// What a model may make a profile keep.
constexpr std::size_t most_plans = 256;
constexpr std::size_t most_times = 4096;

}  // namespace

std::chrono::nanoseconds median_of(std::vector<std::chrono::nanoseconds> times) {
    if (times.empty()) {
        return std::chrono::nanoseconds(0);
    }
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::ranges::nth_element(times, middle);
    return *middle;
}

StepTimes::Duration StepTimes::Times::median() const { return median_of(first); }

void StepTimes::add(const Plan& plan, std::size_t step, Duration time) {
    if (last_ >= plans_.size() || plans_[last_].plan.get() != &plan) {
        const auto found = std::ranges::find(plans_, &plan, [](const OfPlan& each) { return each.plan.get(); });
        if (found == plans_.end()) {
            if (plans_.size() == most_plans) {
                return;
            }
            plans_.push_back({plan.shared_from_this(), std::vector<Times>(plan.region().steps.size())});
            last_ = plans_.size() - 1;
        } else {
            last_ = static_cast<std::size_t>(found - plans_.begin());
        }
    }
    Times& times = plans_[last_].steps[step];
    ++times.calls;
    times.total += time;
    times.minimum = std::min(times.minimum, time);
    if (times.first.size() < most_times) {
        times.first.push_back(time);
    }
}

StepTimes::Duration StepTimes::total() const {
    Duration sum{0};
    for (const OfPlan& plan : plans_) {
        for (const Times& step : plan.steps) {
            sum += step.total;
        }
    }
    return sum;
}

}  // namespace onecnn::core
