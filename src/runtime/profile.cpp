// SPDX-License-Identifier: Apache-2.0
#include "runtime/profile.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <vector>

#include "kernels/fma_peak.h"
#include "runtime/error.h"
#include "runtime/json_writer.h"
#include "runtime/step_times.h"

namespace onecnn::core {

namespace {

using Duration = StepTimes::Duration;

/// Of these `Step::work` counts multiplications and additions, of all others what they move.
constexpr std::array<std::string_view, 11> arithmetic{"Conv",        "ConvTranspose", "Gemm",        "MatMul",
                                                      "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger",
                                                      "Einsum",      "DeformConv",    "DFT"};

/// A step that only moves a value into another layout.
constexpr std::string_view reorder = "Reorder";

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

std::int64_t bytes_of(const Plan& plan, const Step& step) {
    std::int64_t bytes = 0;
    for (const auto& slots : {step.reads, step.writes}) {
        for (const Slot slot : slots) {
            bytes += static_cast<std::int64_t>(plan.region().slots[static_cast<std::size_t>(slot)].bytes);
        }
    }
    return bytes;
}

void write_slots(JsonWriter& json, std::string_view key, const Plan& plan, const std::vector<Slot>& slots) {
    json.key(key).begin_array();
    for (const Slot slot : slots) {
        const SlotDescription& held = plan.region().slots[static_cast<std::size_t>(slot)];
        json.begin_object();
        json.key("dtype").value(name(held.dtype));
        json.key("shape").begin_array();
        for (const std::int64_t dim : held.shape) {
            json.value(dim);
        }
        json.end_array();
        const bool last = held.layout == Layout::channels_last;
        json.key("layout").value(held.constant ? "constant" : last ? "channels_last" : "row_major");
        json.key("bytes").value(static_cast<std::int64_t>(held.bytes));
        json.end_object();
    }
    json.end_array();
}

void write_step(JsonWriter& json, const Plan& plan, std::size_t index, const StepTimes::Times& times, double peak) {
    const Step& step = *plan.region().steps[index];
    json.begin_object();
    json.key("node").value(step.node);
    json.key("op_type").value(step.op_type);
    json.key("implementation").value(step.implementation());
    json.key("calls").value(times.calls);
    json.key("lanes").value(std::int64_t{plan.lanes(index)});
    json.key("min_seconds").value(seconds(times.minimum));
    json.key("median_seconds").value(seconds(times.median()));
    json.key("total_seconds").value(seconds(times.total));
    const double gflops =
        static_cast<double>(step.work) / static_cast<double>(std::max<std::int64_t>(1, times.minimum.count()));
    if (std::ranges::find(arithmetic, step.op_type) != arithmetic.end()) {
        json.key("gflops").value(gflops);
        json.key("peak_share").value(gflops / (peak * plan.lanes(index)));
    } else {
        json.key("gflops").null();
        json.key("peak_share").null();
    }
    json.key("bytes").value(bytes_of(plan, step));
    write_slots(json, "reads", plan, step.reads);
    write_slots(json, "writes", plan, step.writes);
    json.end_object();
}

struct Reorders {
    std::int64_t count = 0;
    std::int64_t bytes = 0;
};

Reorders reorders_of(const StepTimes& times) {
    Reorders reorders;
    for (const auto& [plan, steps] : times.plans()) {
        for (const auto& step : plan->region().steps) {
            if (step->op_type == reorder) {
                ++reorders.count;
                reorders.bytes += bytes_of(*plan, *step);
            }
        }
    }
    return reorders;
}

std::string to_json(const Run& run, const StepTimes& times, const std::vector<Duration>& whole, const FmaPeak& peak) {
    Duration total{0};
    for (const Duration each : whole) {
        total += each;
    }
    const auto runs = static_cast<double>(whole.size());
    const Reorders reorders = reorders_of(times);
    std::int64_t arena_bytes = 0;
    for (const auto& [plan, steps] : times.plans()) {
        arena_bytes += static_cast<std::int64_t>(plan->region().arena_bytes);
    }
    JsonWriter json;
    json.begin_object();
    json.key("runs").value(static_cast<std::int64_t>(whole.size()));
    json.key("threads").value(std::int64_t{run.model().threads()});
    json.key("lane_peak_gflops").value(peak.gflops);
    json.key("lane_vectors").value(peak.vectors);
    json.key("min_seconds").value(seconds(std::ranges::min(whole)));
    json.key("median_seconds").value(seconds(median_of(whole)));
    json.key("mean_seconds").value(seconds(total) / runs);
    json.key("mean_seconds_outside_steps").value(seconds(total - times.total()) / runs);
    json.key("arena_bytes").value(arena_bytes);
    json.key("reorders").value(reorders.count);
    json.key("reorder_bytes").value(reorders.bytes);
    json.key("steps").begin_array();
    for (const auto& [plan, steps] : times.plans()) {
        for (std::size_t i = 0; i < steps.size(); ++i) {
            write_step(json, *plan, i, steps[i], peak.gflops);
        }
    }
    json.end_array();
    json.end_object();
    return std::move(json).text();
}

}  // namespace

std::string profile(Run& run, std::int64_t runs) {
    constexpr std::int64_t most = 1'000'000;
    if (runs < 1 || runs > most) {
        fail(ErrorCode::invalid_argument, "a profile of ", runs, " runs; from 1 to ", most, " can be");
    }
    run.execute();
    const FmaPeak peak = measure_fma_peak();
    StepTimes times;
    std::vector<Duration> whole;
    whole.reserve(static_cast<std::size_t>(runs));
    for (std::int64_t i = 0; i < runs; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        run.execute(&times);
        whole.push_back(std::chrono::steady_clock::now() - begin);
    }
    return to_json(run, times, whole, peak);
}

}  // namespace onecnn::core
