// SPDX-License-Identifier: Apache-2.0
#include "ops/lower_context.h"

#include <utility>

namespace onecnn::core {

void LowerContext::add_primitive(const dnnl::primitive_desc_base& descriptor, const dnnl::primitive& primitive,
                                 std::vector<PrimitiveArgument> arguments, std::int64_t work) {
    std::vector<PrimitiveStep::Slice> whole{{primitive, std::move(arguments)}};
    add(std::make_unique<PrimitiveStep>(descriptor.impl_info_str(), std::move(whole), work));
}

void LowerContext::add_function(std::string_view implementation, std::vector<Slot> reads, std::vector<Slot> writes,
                                std::int64_t slices, std::int64_t work, FunctionStep::Body body,
                                std::size_t held_bytes) {
    auto step = std::make_unique<FunctionStep>(implementation, slices, std::move(body));
    step->reads = std::move(reads);
    step->writes = std::move(writes);
    step->work = work;
    step->held_bytes += held_bytes;
    add(std::move(step));
}

}  // namespace onecnn::core
