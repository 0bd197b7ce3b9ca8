// SPDX-License-Identifier: Apache-2.0
#include "kernels/onednn.h"

#include <omp.h>

#include <algorithm>

#include "runtime/error.h"

namespace onecnn::core {

const dnnl::engine& cpu_engine() {
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

std::optional<dnnl::memory::data_type> onednn_type(DType dtype) {
    using type = dnnl::memory::data_type;
    switch (dtype) {
        case DType::float32: return type::f32;
        case DType::int32: return type::s32;
        case DType::int8: return type::s8;
        case DType::uint8: return type::u8;
        case DType::float16: return type::f16;
        case DType::bfloat16: return type::bf16;
        default: return std::nullopt;
    }
}

dnnl::memory::desc descriptor(DType dtype, ShapeView shape, Layout layout) {
    // oneDNN has no rank 0: a scalar is one element of rank 1.
    const Shape dims = shape.empty() ? Shape{1} : Shape(shape.begin(), shape.end());
    return {dims, onednn_type(dtype).value(), strides_of(dims, layout)};
}

OneThread::OneThread() : saved_(omp_get_max_threads()) {
    if (saved_ != 1) {
        omp_set_num_threads(1);
    }
}

OneThread::~OneThread() {
    if (saved_ != 1) {
        omp_set_num_threads(saved_);
    }
}

dnnl::primitive_attr primitive_attributes() {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attributes;
}

bool is_reference(const dnnl::primitive_desc_base& descriptor) {
    const std::string_view name = descriptor.impl_info_str();
    // A deconvolution's is that of the convolution which it is done by: "conv:any+ref:any".
    return name.starts_with("ref") || name.find("+ref") != std::string_view::npos;
}

namespace {

const dnnl::stream& this_threads_stream() {
    thread_local const dnnl::stream stream(cpu_engine());
    return stream;
}

void require(dnnl_status_t status, std::string_view implementation) {
    if (status != dnnl_success) {
        fail(ErrorCode::internal, "oneDNN failed with status ", static_cast<int>(status), " in ", implementation);
    }
}

/// oneDNN's memory objects of one run. A pointer is set anew only when it differs from the last one.
class PrimitiveState final : public StepState {
public:
    struct Argument {
        dnnl::memory memory;
        std::byte* pointer = nullptr;
    };
    struct Slice {
        std::vector<Argument> arguments;  // the last one is the scratchpad
        std::vector<dnnl_exec_arg_t> handles;
    };
    std::vector<Slice> slices;
};

void point(PrimitiveState::Argument& argument, std::byte* pointer, std::string_view implementation) {
    if (argument.pointer != pointer) {
        require(dnnl_memory_set_data_handle(argument.memory.get(), pointer), implementation);
        argument.pointer = pointer;
    }
}

dnnl::memory::desc scratchpad(const dnnl::primitive& primitive) {
    const_dnnl_primitive_desc_t descriptor = nullptr;
    dnnl::error::wrap_c_api(dnnl_primitive_get_primitive_desc(primitive.get(), &descriptor), "no primitive descriptor");
    const const_dnnl_memory_desc_t memory = dnnl_primitive_desc_query_md(descriptor, dnnl_query_scratchpad_md, 0);
    dnnl_memory_desc_t clone = nullptr;
    dnnl::error::wrap_c_api(dnnl_memory_desc_clone(&clone, memory), "no scratchpad descriptor");
    return dnnl::memory::desc(clone);
}

}  // namespace

PrimitiveStep::PrimitiveStep(std::string implementation, std::vector<Slice> slices, std::int64_t total_work)
    : implementation_(std::move(implementation)), slices_(std::move(slices)) {
    const auto note = [](std::vector<Slot>& slots, Slot slot) {
        if (std::ranges::find(slots, slot) == slots.end()) {
            slots.push_back(slot);
        }
    };
    for (const Slice& slice : slices_) {
        scratch_bytes_ = std::max(scratch_bytes_, scratchpad(slice.primitive).get_size());
        for (const PrimitiveArgument& argument : slice.arguments) {
            note(argument.argument == DNNL_ARG_DST ? writes : reads, argument.slot);
        }
    }
    // Descriptors and a run's memory objects: an estimate, as oneDNN tells neither's size.
    held_bytes = slices_.size() * 16 * 1024;
    work = total_work;
}

std::unique_ptr<StepState> PrimitiveStep::make_state() const {
    auto state = std::make_unique<PrimitiveState>();
    for (const Slice& slice : slices_) {
        PrimitiveState::Slice& made = state->slices.emplace_back();
        const auto add = [&made](int argument, const dnnl::memory::desc& descriptor) {
            made.arguments.push_back({dnnl::memory(descriptor, cpu_engine(), DNNL_MEMORY_NONE), nullptr});
            made.handles.push_back({argument, made.arguments.back().memory.get()});
        };
        for (const PrimitiveArgument& argument : slice.arguments) {
            add(argument.argument, argument.descriptor);
        }
        add(DNNL_ARG_SCRATCHPAD, scratchpad(slice.primitive));
    }
    return state;
}

void PrimitiveStep::run(const Memory& memory, StepState* state, std::int64_t slice, std::byte* scratch) const {
    const auto index = static_cast<std::size_t>(slice);
    const Slice& described = slices_[index];
    PrimitiveState::Slice& own = static_cast<PrimitiveState*>(state)->slices[index];
    for (std::size_t i = 0; i < described.arguments.size(); ++i) {
        const PrimitiveArgument& argument = described.arguments[i];
        point(own.arguments[i], memory[argument.slot] + argument.offset, implementation_);
    }
    point(own.arguments.back(), scratch, implementation_);
    require(dnnl_primitive_execute(described.primitive.get(), this_threads_stream().get(),
                                   static_cast<int>(own.handles.size()), own.handles.data()),
            implementation_);
}

}  // namespace onecnn::core
