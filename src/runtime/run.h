// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "runtime/model.h"

namespace onecnn::core {

/// One caller's state for running a model again and again. One thread at a time; `cancel` from any.
class Run {
public:
    explicit Run(std::shared_ptr<const Model> model);
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    [[nodiscard]] const Model& model() const { return *model_; }

    /// Binds an input to row-major memory that outlives the next `execute`. InvalidArgument when index, dtype, shape or
    /// bytes cannot be.
    void set_input(std::size_t index, DType dtype, ShapeView shape, const std::byte* data, std::size_t bytes);

    /// Binds an input to any value; its elements must not change until `execute` returns. InvalidArgument when it is not what the
    /// model takes.
    void set_input(std::size_t index, const Datum& datum);

    /// Binds an output to memory that outlives the next `execute`; null unbinds. What the last `execute` gave is dropped.
    void set_output(std::size_t index, std::byte* data, std::size_t bytes);

    /// The same for the memory of a tensor, whose dtype and shape must be what the run gives.
    void set_output(std::size_t index, const Tensor& tensor);

    /// Runs on what is bound; `times` gets what each step took where it is not null. Throws Error: InvalidArgument for an output
    /// bound to what does not fit, before anything is written.
    void execute(StepTimes* times = nullptr);

    /// What the last successful `execute` gave: its own memory, or for a bound output that memory, not owned.
    [[nodiscard]] Datum output(std::size_t index) const;

    void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }

    /// Each execution stops before its next step once it has taken this long; zero: no deadline.
    void set_deadline(std::chrono::nanoseconds after) { deadline_ = after; }

private:
    struct Input {
        DType dtype = DType::undefined;
        Shape shape;
        const std::byte* data = nullptr;
        std::size_t bytes = 0;
        Datum datum;  ///< what is bound where that is no plain tensor
        bool bound = false;
    };
    struct Output {
        std::byte* data = nullptr;  ///< the caller's memory, null when unbound
        std::size_t bytes = 0;
        DType dtype = DType::undefined;  ///< of the bound tensor, undefined for plain memory
        Shape shape;
        Datum result;
    };

    [[nodiscard]] const Value& input_value(std::size_t index) const;
    void check_input(std::size_t index, DType dtype, ShapeView shape) const;
    void check_output(std::size_t index, const Plan::Output& planned) const;
    void execute_region(const StopCondition& stop, StepTimes* times);
    void execute_program(const StopCondition& stop, StepTimes* times);
    void check_made(std::size_t index, const Datum& made) const;
    [[nodiscard]] static bool is_plain(const Input& input) {
        return input.dtype != DType::undefined && input.dtype != DType::string;
    }
    /// A tensor of its own; an empty one where the input is no plain tensor.
    [[nodiscard]] static Tensor copy_of(const Input& input);
    /// Takes the plan of the inputs that are bound, unless it has it already.
    void adopt_plan();
    [[nodiscard]] bool plan_fits() const;
    void drop_plan();

    std::shared_ptr<const Model> model_;
    std::vector<Input> inputs_;
    std::vector<Output> outputs_;
    PlanKey key_;
    std::shared_ptr<Plan> plan_;
    std::unique_ptr<Context> context_;
    std::atomic<bool> cancelled_{false};
    std::chrono::nanoseconds deadline_{0};
    std::vector<const std::byte*> input_pointers_;
    std::vector<std::byte*> output_pointers_;
    bool executed_ = false;
};

}  // namespace onecnn::core
