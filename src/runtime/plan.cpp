// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "kernels/onednn.h"
#include "runtime/error.h"
#include "runtime/lanes.h"
#include "runtime/mapped_memory.h"
#include "runtime/program.h"
#include "runtime/step_times.h"

namespace onecnn::core {

namespace {

/// A lane more is woken for this much work: what a core does in about the time that waking it takes.
constexpr std::int64_t work_per_lane = 500'000;

int lanes_for(const Step& step, int threads) {
    const std::int64_t worth = std::max<std::int64_t>(1, step.work / work_per_lane);
    return static_cast<int>(std::min({static_cast<std::int64_t>(threads), step.slice_count(), worth}));
}

}  // namespace

void StopCondition::check(std::string_view node) const {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
        fail(ErrorCode::cancelled, "the run was cancelled");
    }
    if (deadline != std::chrono::steady_clock::time_point::max() && std::chrono::steady_clock::now() >= deadline) {
        fail(ErrorCode::deadline_exceeded, "the run's deadline passed before node '", node, "'");
    }
}

Plan::Plan(Region region, std::vector<SlotSource> slots, std::vector<Output> outputs, int threads,
           std::size_t constant_bytes, std::unique_ptr<const Continuation> continuation)
    : region_(std::move(region)),
      slots_(std::move(slots)),
      outputs_(std::move(outputs)),
      continuation_(std::move(continuation)),
      own_bytes_(constant_bytes + sizeof(Plan) + slots_.size() * (sizeof(SlotSource) + sizeof(SlotDescription))) {
    for (const auto& step : region_.steps) {
        own_bytes_ += step->held_bytes;
        lanes_.push_back(lanes_for(*step, threads));
    }
}

Plan::~Plan() = default;

std::unique_ptr<Context> Plan::acquire_context() {
    {
        const std::lock_guard lock(mutex_);
        if (idle_) {
            return std::move(idle_);
        }
        ++contexts_;
    }
    auto context = std::make_unique<Context>();
    context->arena_ = allocate_mapped(region_.arena_bytes);
    for (std::size_t lane = 0; lane < max_lanes(); ++lane) {
        context->scratch_.push_back(allocate_mapped(region_.scratch_bytes));
    }
    for (const SlotSource& slot : slots_) {
        std::byte* pointer = nullptr;
        if (slot.kind == SlotSource::Kind::arena) {
            pointer = context->arena_.get() + slot.offset;
        } else if (slot.kind == SlotSource::Kind::constant) {
            pointer = const_cast<std::byte*>(slot.constant.get());
        }
        context->pointers_.push_back(pointer);
    }
    for (const auto& step : region_.steps) {
        context->states_.push_back(step->make_state());
    }
    return context;
}

void Plan::release_context(std::unique_ptr<Context> context) {
    const std::lock_guard lock(mutex_);
    if (idle_) {
        --contexts_;
    } else {
        idle_ = std::move(context);
    }
}

std::size_t Plan::bytes() const {
    const std::lock_guard lock(mutex_);
    const std::size_t context = region_.arena_bytes + max_lanes() * region_.scratch_bytes;
    const std::size_t rest = continuation_ && continuation_->rest ? continuation_->rest->plan_bytes() : 0;
    return own_bytes_ + std::max<std::size_t>(1, contexts_) * context + rest;
}

std::size_t Plan::max_lanes() const { return lanes_.empty() ? 1 : static_cast<std::size_t>(std::ranges::max(lanes_)); }

void Plan::run_step(Context& context, std::size_t index) const {
    struct Call {
        const Step& step;
        Memory memory;
        StepState* state;
        std::span<const std::shared_ptr<std::byte>> scratch;
    };
    Call call{*region_.steps[index], Memory(context.pointers_.data()), context.states_[index].get(), context.scratch_};
    const std::int64_t slices = call.step.slice_count();
    if (lanes_[index] == 1) {
        for (std::int64_t slice = 0; slice < slices; ++slice) {
            call.step.run(call.memory, call.state, slice, call.scratch[0].get());
        }
        return;
    }
    Lanes::instance().run(
        slices, lanes_[index],
        [](void* opaque, std::int64_t slice, int lane) {
            const Call& c = *static_cast<Call*>(opaque);
            c.step.run(c.memory, c.state, slice, c.scratch[static_cast<std::size_t>(lane)].get());
        },
        &call);
}

void Plan::execute(Context& context, std::span<const std::byte* const> inputs, std::span<std::byte* const> outputs,
                   const StopCondition& stop, StepTimes* times) const {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        if (slots_[i].kind == SlotSource::Kind::input) {
            // Steps write only to slots that they name in `writes`, which an input's never is.
            context.pointers_[i] = const_cast<std::byte*>(inputs[slots_[i].offset]);
        } else if (slots_[i].kind == SlotSource::Kind::output) {
            context.pointers_[i] = outputs[slots_[i].offset];
        }
    }
    const OneThread one_thread;
    const Lanes::Expected expected(static_cast<int>(max_lanes()));
    for (std::size_t i = 0; i < region_.steps.size(); ++i) {
        stop.check(region_.steps[i]->node);
        if (times == nullptr) {
            run_step(context, i);
            continue;
        }
        const auto begin = std::chrono::steady_clock::now();
        run_step(context, i);
        times->add(*this, i, std::chrono::steady_clock::now() - begin);
    }
}

}  // namespace onecnn::core
