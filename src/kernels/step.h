// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace onecnn::core {

/// A place in a run's memory: an index into the run's table of pointers.
enum class Slot : std::uint32_t {};

/// A run's table of pointers, one for each slot.
class Memory {
public:
    explicit Memory(std::byte* const* pointers) : pointers_(pointers) {}

    [[nodiscard]] std::byte* operator[](Slot slot) const { return pointers_[static_cast<std::size_t>(slot)]; }

    template <typename T>
    [[nodiscard]] T* at(Slot slot) const {
        return reinterpret_cast<T*>((*this)[slot]);
    }

private:
    std::byte* const* pointers_;
};

/// What a step keeps for one run; runs under way at the same time have one each.
class StepState {
public:
    virtual ~StepState() = default;
};

/// A piece of a plan: slices of work that may run at the same time, in any order, on any lane. A step is immutable and shared
/// by all runs of its plan; how it is sliced never depends on the number of lanes.
class Step {
public:
    virtual ~Step() = default;

    /// What does the work, as oneDNN or this library names it.
    [[nodiscard]] virtual std::string_view implementation() const = 0;
    [[nodiscard]] virtual std::int64_t slice_count() const = 0;
    /// Bytes of scratch memory, aligned to 64, that one slice needs while it runs.
    [[nodiscard]] virtual std::size_t scratch_bytes() const { return 0; }
    [[nodiscard]] virtual std::unique_ptr<StepState> make_state() const { return nullptr; }
    virtual void run(const Memory& memory, StepState* state, std::int64_t slice, std::byte* scratch) const = 0;

    std::vector<Slot> reads;
    std::vector<Slot> writes;
    std::size_t held_bytes = 512;  ///< what the step itself takes, roughly, without its slots
    std::int64_t work = 0;         ///< of all slices, in floating-point operations or as many bytes moved
    std::string node;              ///< the node it came from
    std::string op_type;
};

/// A step of our own kernels: a function of memory and slice.
class FunctionStep final : public Step {
public:
    using Body = std::function<void(const Memory&, std::int64_t slice)>;

    FunctionStep(std::string_view implementation, std::int64_t slices, Body body)
        : implementation_(implementation), slices_(slices), body_(std::move(body)) {}

    [[nodiscard]] std::string_view implementation() const override { return implementation_; }
    [[nodiscard]] std::int64_t slice_count() const override { return slices_; }
    void run(const Memory& memory, StepState*, std::int64_t slice, std::byte*) const override { body_(memory, slice); }

private:
    std::string implementation_;
    std::int64_t slices_;
    Body body_;
};

/// The half-open range of items that a slice of `slices` equal ones takes.
struct Range {
    std::int64_t begin;
    std::int64_t end;
};
[[nodiscard]] constexpr Range slice_range(std::int64_t items, std::int64_t slices, std::int64_t slice) {
    const std::int64_t base = items / slices;
    const std::int64_t rest = items % slices;
    const std::int64_t begin = slice * base + (slice < rest ? slice : rest);
    return {begin, begin + base + (slice < rest ? 1 : 0)};
}

/// Into how many slices `items` items of `work_per_item` go, so that a slice is worth handing to a lane.
[[nodiscard]] constexpr std::int64_t slices_for(std::int64_t items, std::int64_t work_per_item) {
    constexpr std::int64_t slice_work = std::int64_t{64} * 1024;
    constexpr std::int64_t most = 64;
    const std::int64_t per_slice = work_per_item < 1 ? slice_work : slice_work / work_per_item + 1;
    const std::int64_t slices = items / per_slice;
    return slices < 1 ? 1 : slices > most ? most : slices;
}

}  // namespace onecnn::core
