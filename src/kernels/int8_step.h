// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "kernels/int8_convolution.h"
#include "kernels/int8_isa.h"
#include "kernels/scratch_step.h"
#include "runtime/error.h"

namespace onecnn::core {

/// Finds out whether packing is clamp enough for these results.
void set_saturation(Int8Results& results);

/// The step that does a convolution's work.
template <typename Work>
std::unique_ptr<Step> make_int8_step(std::string_view name, const std::shared_ptr<const Work>& work,
                                     const Int8Memory& memory) {
    auto step = std::make_unique<ScratchStep>(
        concat(name, ":", int8_isa().name), work->slices(), work->scratch_bytes(),
        [work](const Memory& run, std::int64_t slice, std::byte* scratch) { work->run(run, slice, scratch); });
    step->reads = {memory.source.slot, memory.weights};
    if (memory.addend) {
        step->reads.push_back(memory.addend->slot);
    }
    step->writes = {memory.result.slot};
    step->held_bytes += work->held_bytes();
    return step;
}

}  // namespace onecnn::core
