// SPDX-License-Identifier: Apache-2.0
#include "runtime/tune.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "runtime/error.h"
#include "runtime/tensor.h"

namespace onecnn::core {

namespace {

using Clock = std::chrono::steady_clock;

/// Runs plans for one key on made-up inputs.
class Trial {
public:
    Trial(const PlanKey& key, const std::vector<std::size_t>& value_inputs) {
        for (std::size_t i = 0; i < key.dtypes.size(); ++i) {
            Tensor input(key.dtypes[i], key.shapes[i]);
            std::fill_n(input.data(), input.bytes(), std::byte{0});
            if (input.dtype() == DType::float32) {
                // No number is slower for the processor than another here, but a network of zeros may be one for the caches.
                float value = 0;
                for (float& element : input.as<float>()) {
                    value = value > 1 ? 0 : value + 0.0625F;
                    element = value;
                }
            }
            inputs_.push_back(std::move(input));
        }
        for (std::size_t i = 0; i < value_inputs.size(); ++i) {
            inputs_[value_inputs[i]] = key.elements[i];
        }
    }

    /// How long one run takes.
    [[nodiscard]] Clock::duration run(Plan& plan) {
        std::vector<const std::byte*> from;
        for (const Tensor& input : inputs_) {
            from.push_back(std::as_const(input).data());
        }
        std::vector<Tensor> outputs;
        std::vector<std::byte*> to;
        for (const Plan::Output& output : plan.outputs()) {
            to.push_back(outputs.emplace_back(output.dtype, output.shape).data());
        }
        auto context = plan.acquire_context();
        const auto begin = Clock::now();
        plan.execute(*context, from, to, {}, nullptr);
        const auto end = Clock::now();
        plan.release_context(std::move(context));
        return end - begin;
    }

private:
    std::vector<Tensor> inputs_;
};

/// Whether `other` is faster than `plan` by more than a clock that goes up and down explains: both in turn, the shortest of each.
bool is_faster(Trial& trial, Plan& other, Plan& plan) {
    constexpr int fewest = 4;
    constexpr int most = 12;
    constexpr double clearly = 0.98;
    auto best = Clock::duration::max();
    auto best_other = Clock::duration::max();
    static_cast<void>(trial.run(other));  // touches its weights and its memory
    for (int i = 0; i < most; ++i) {
        best = std::min(best, trial.run(plan));
        best_other = std::min(best_other, trial.run(other));
        if (i >= fewest && best_other > best) {
            return false;
        }
    }
    return std::chrono::duration<double>(best_other) < clearly * std::chrono::duration<double>(best);
}

}  // namespace

void tune(const Graph& graph, const PlanKey& key, const std::vector<std::size_t>& value_inputs,
          const PlanSettings& settings) {
    const auto build = [&] { return build_plan(graph, key, value_inputs, settings); };
    settings.ways.listen();
    std::shared_ptr<Plan> best = build();
    const auto known = settings.ways.heard();
    const bool plain = std::ranges::all_of(key.dtypes, [](DType dtype) { return bits(dtype) != 0; });
    if (best->continuation() != nullptr || !plain) {
        return;
    }
    Trial trial(key, value_inputs);
    std::size_t done = 0;
    for (const auto& [node, ways] : known) {
        const auto before = settings.ways.chosen();
        const auto found = before.find(node);
        std::optional<std::string> chosen = found == before.end() ? std::nullopt : std::optional(found->second);
        for (const std::string_view way : ways) {
            if (way == chosen.value_or(std::string(ways.front()))) {
                continue;
            }
            settings.ways.choose(node, std::string(way));
            std::shared_ptr<Plan> other = build();
            if (is_faster(trial, *other, *best)) {
                best = std::move(other);
                chosen = std::string(way);
            } else {
                settings.ways.choose(node, chosen);
            }
        }
        ++done;
        if (settings.options.log) {
            settings.options.log(LogLevel::information,
                                 concat("tuned ", done, " of ", known.size(), " kinds of nodes: ", node, ": ",
                                        chosen.value_or("as estimated")));
        }
    }
}

}  // namespace onecnn::core
