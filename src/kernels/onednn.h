// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>
#include <vector>

#include "kernels/layout.h"
#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// The CPU engine of the process.
[[nodiscard]] const dnnl::engine& cpu_engine();

/// oneDNN's name for a dtype; nothing when it has none.
[[nodiscard]] std::optional<dnnl::memory::data_type> onednn_type(DType dtype);

/// The descriptor of a dense tensor; the dtype must have a onednn_type.
[[nodiscard]] dnnl::memory::desc descriptor(DType dtype, ShapeView shape, Layout layout = Layout::row_major);

/// Makes this thread's oneDNN calls one-threaded, and gives the caller's OpenMP setting back at the end.
class OneThread {
public:
    OneThread();
    ~OneThread();
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;

private:
    int saved_;
};

/// Attributes that every primitive here has: the scratchpad is the caller's.
[[nodiscard]] dnnl::primitive_attr primitive_attributes();

/// Whether a descriptor's implementation is oneDNN's unoptimised reference.
[[nodiscard]] bool is_reference(const dnnl::primitive_desc_base& descriptor);

/// One argument of a primitive: where its memory is.
struct PrimitiveArgument {
    int argument;
    dnnl::memory::desc descriptor;
    Slot slot;
    std::size_t offset = 0;  ///< bytes from the slot's start
};

/// One-thread primitives that make up a step, a slice each.
class PrimitiveStep final : public Step {
public:
    struct Slice {
        dnnl::primitive primitive;
        std::vector<PrimitiveArgument> arguments;
    };

    /// `implementation` is that of the first slice's descriptor. What the step reads and writes follows from the arguments:
    /// it writes DNNL_ARG_DST and reads all others.
    PrimitiveStep(std::string implementation, std::vector<Slice> slices, std::int64_t total_work);

    [[nodiscard]] std::string_view implementation() const override { return implementation_; }
    [[nodiscard]] std::int64_t slice_count() const override { return static_cast<std::int64_t>(slices_.size()); }
    [[nodiscard]] std::size_t scratch_bytes() const override { return scratch_bytes_; }
    [[nodiscard]] std::unique_ptr<StepState> make_state() const override;
    void run(const Memory& memory, StepState* state, std::int64_t slice, std::byte* scratch) const override;

private:
    std::string implementation_;
    std::vector<Slice> slices_;
    std::size_t scratch_bytes_ = 0;
};

}  // namespace onecnn::core
