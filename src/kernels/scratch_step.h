// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "kernels/step.h"
#include "runtime/shape.h"

namespace onecnn::core {

/// Buffers one after another in a slice's scratch memory, each aligned to 64 bytes.
class ScratchLayout {
public:
    /// The place of a buffer of `count` elements of T; ResourceLimit when there is no room in 63 bits.
    template <typename T>
    [[nodiscard]] std::size_t take(std::int64_t count) {
        constexpr std::int64_t line = 64;
        const std::int64_t place = bytes_;
        const std::int64_t end = checked_add(place, checked_multiply(count, std::int64_t{sizeof(T)}));
        bytes_ = checked_add(end, line - 1) / line * line;
        return static_cast<std::size_t>(place);
    }

    [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(bytes_); }

private:
    std::int64_t bytes_ = 0;
};

/// A function over slices that need scratch memory.
class ScratchStep final : public Step {
public:
    using Body = std::function<void(const Memory&, std::int64_t slice, std::byte* scratch)>;

    ScratchStep(std::string_view implementation, std::int64_t slices, std::size_t scratch_bytes, Body body)
        : implementation_(implementation), slices_(slices), scratch_bytes_(scratch_bytes), body_(std::move(body)) {}

    [[nodiscard]] std::string_view implementation() const override { return implementation_; }
    [[nodiscard]] std::int64_t slice_count() const override { return slices_; }
    [[nodiscard]] std::size_t scratch_bytes() const override { return scratch_bytes_; }
    void run(const Memory& memory, StepState*, std::int64_t slice, std::byte* scratch) const override {
        body_(memory, slice, scratch);
    }

private:
    std::string implementation_;
    std::int64_t slices_;
    std::size_t scratch_bytes_;
    Body body_;
};

}  // namespace onecnn::core
