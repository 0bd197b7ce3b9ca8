// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace onecnn::core {

class Plan;

/// What the steps of profiled runs took, by plan: a graph whose shapes depend on elements runs several. For one thread.
class StepTimes {
public:
    using Duration = std::chrono::nanoseconds;

    struct Times {
        std::int64_t calls = 0;
        Duration total{0};
        Duration minimum = Duration::max();
        std::vector<Duration> first;  ///< of the first calls, for the median

        [[nodiscard]] Duration median() const;
    };
    struct OfPlan {
        std::shared_ptr<const Plan> plan;
        std::vector<Times> steps;
    };

    void add(const Plan& plan, std::size_t step, Duration time);

    /// In the order in which they ran first; a loop's body may make more plans than are kept here.
    [[nodiscard]] const std::vector<OfPlan>& plans() const { return plans_; }

    /// Of all steps that are kept.
    [[nodiscard]] Duration total() const;

private:
    std::vector<OfPlan> plans_;
    std::size_t last_ = 0;
};

/// The median; zero of none.
[[nodiscard]] std::chrono::nanoseconds median_of(std::vector<std::chrono::nanoseconds> times);

}  // namespace onecnn::core
