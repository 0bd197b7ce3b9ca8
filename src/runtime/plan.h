// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/layout.h"
#include "kernels/step.h"
#include "runtime/tensor.h"

namespace onecnn::core {

/// What a slot holds, for people. Of dtype undefined where it is no tensor of the model's.
struct SlotDescription {
    DType dtype = DType::undefined;
    Shape shape;
    Layout layout = Layout::row_major;
    bool constant = false;
    std::size_t bytes = 0;
};

/// Steps that run one after another on one arena, with every shape known.
struct Region {
    std::vector<std::unique_ptr<Step>> steps;
    std::vector<SlotDescription> slots;
    std::size_t arena_bytes = 0;
    std::size_t scratch_bytes = 0;  ///< of one lane
};

/// Where a slot's memory comes from.
struct SlotSource {
    enum class Kind { unused, arena, constant, input, output };
    Kind kind = Kind::unused;
    std::size_t offset = 0;  ///< arena: bytes from its start; input, output: the index
    std::shared_ptr<const std::byte> constant;
};

struct Continuation;
class StepTimes;

/// One run's memory for one plan.
class Context {
    friend class Plan;
    std::shared_ptr<std::byte> arena_;
    std::vector<std::shared_ptr<std::byte>> scratch_;  // one a lane
    std::vector<std::byte*> pointers_;                 // one a slot
    std::vector<std::unique_ptr<StepState>> states_;   // one a step
};

/// When a run must stop early.
struct StopCondition {
    const std::atomic<bool>* cancelled = nullptr;
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();

    /// Cancelled or DeadlineExceeded where it must not go on with `node`.
    void check(std::string_view node) const;
};

/// What runs for one set of input shapes: a region, and where shapes depend on elements what follows it. Immutable but for the contexts it keeps for runs to come; thread-safe.
class Plan : public std::enable_shared_from_this<Plan> {
public:
    struct Output {
        DType dtype;
        Shape shape;
        std::size_t bytes;
    };

    Plan(Region region, std::vector<SlotSource> slots, std::vector<Output> outputs, int threads,
         std::size_t constant_bytes, std::unique_ptr<const Continuation> continuation);
    ~Plan();

    /// The region's outputs: the graph's where nothing follows.
    [[nodiscard]] const std::vector<Output>& outputs() const { return outputs_; }
    /// What follows the region; null where it is the whole graph.
    [[nodiscard]] const Continuation* continuation() const { return continuation_.get(); }
    [[nodiscard]] const Region& region() const { return region_; }

    /// Memory for a run: one kept from an earlier run, or a new one.
    [[nodiscard]] std::unique_ptr<Context> acquire_context();
    /// Takes a run's memory back. One is kept: what a burst of callers needed goes with the burst.
    void release_context(std::unique_ptr<Context> context);

    /// How many lanes a step may take.
    [[nodiscard]] int lanes(std::size_t step) const { return lanes_[step]; }

    /// Runs the steps. `inputs` and `outputs` point to row-major memory, in the graph's order. `times` gets what each step took
    /// where it is not null.
    void execute(Context& context, std::span<const std::byte* const> inputs, std::span<std::byte* const> outputs,
                 const StopCondition& stop, StepTimes* times) const;

    /// What the plan and its contexts take, one context at least: it will have one.
    [[nodiscard]] std::size_t bytes() const;

private:
    [[nodiscard]] std::size_t max_lanes() const;
    void run_step(Context& context, std::size_t index) const;

    Region region_;
    std::vector<SlotSource> slots_;
    std::vector<Output> outputs_;
    std::unique_ptr<const Continuation> continuation_;
    std::vector<int> lanes_;  // one a step: how many it deserves
    std::size_t own_bytes_;
    mutable std::mutex mutex_;
    std::unique_ptr<Context> idle_;
    std::size_t contexts_ = 0;  // idle and in use
};

}  // namespace onecnn::core
