// SPDX-License-Identifier: Apache-2.0
#include "graph/attributes.h"
#include "graph/element_type.h"
#include "kernels/convert.h"
#include "kernels/transpose.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

/// `saturate` and `round_mode` are about float8 alone, which is no dtype here.
void infer_cast(InferContext& context) {
    const auto to = required_attribute<std::int64_t>(context.node(), "to");
    const DType dtype = element_type(to, describe(context.node()) + ": its result");
    if (conversion(context.dtype(0), dtype) == nullptr) {
        context.unsupported("input 0 is ", name(context.dtype(0)), ", which cannot be cast");
    }
    context.set_output(0, dtype, context.shape(0));
}

void lower_cast(LowerContext& context) {
    const DType from_type = context.dtype(0);
    const DType to_type = context.output_dtype(0);
    const Layout layout = context.layout(0);
    const Slot from = context.input(0, layout);
    const Slot to = context.output(0, layout);
    if (from_type == to_type) {
        return context.add(make_copy_step(byte_count(from_type, context.shape(0)), from, to));
    }
    const std::int64_t count = element_count(context.shape(0));
    const std::int64_t from_bytes = bits(from_type) / 8;
    const std::int64_t to_bytes = bits(to_type) / 8;
    const std::int64_t slices = slices_for(count, from_bytes + to_bytes);
    context.add_function("convert", {from}, {to}, slices, count * (from_bytes + to_bytes),
                         [=, convert = conversion(from_type, to_type)](const Memory& memory, std::int64_t slice) {
                             const Range range = slice_range(count, slices, slice);
                             convert(memory[from] + range.begin * from_bytes, memory[to] + range.begin * to_bytes,
                                     range.end - range.begin);
                         });
}

const Registration cast{{"", "Cast", 1, 1, 1, {}, infer_cast, lower_cast}};

}  // namespace

}  // namespace onecnn::core
