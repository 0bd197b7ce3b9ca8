// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "graph/attributes.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

void infer_reverse_sequence(InferContext& context) {
    require_movable(context, 0);
    const Shape& x = context.shape(0);
    const auto batch_axis = attribute<std::int64_t>(context.node(), "batch_axis", 1);
    const auto time_axis = attribute<std::int64_t>(context.node(), "time_axis", 0);
    if (batch_axis + time_axis != 1 || (batch_axis != 0 && batch_axis != 1)) {
        context.invalid("batch_axis is ", batch_axis, " and time_axis ", time_axis, ", expected 0 and 1 or 1 and 0");
    }
    if (x.size() < 2) {
        context.invalid("input 0 has shape ", to_string(x), ", expected at least batch and time");
    }
    const std::int64_t batch = x[static_cast<std::size_t>(batch_axis)];
    if (context.dtype(1) != DType::int64 || context.shape(1) != Shape{batch}) {
        context.invalid("sequence_lens are ", name(context.dtype(1)), to_string(context.shape(1)),
                        ", expected int64 for each of ", batch, " in the batch");
    }
    context.set_output(0, context.dtype(0), x);
}

void lower_reverse_sequence(LowerContext& context) {
    const Shape& x = context.shape(0);
    const bool batch_first = attribute<std::int64_t>(context.node(), "batch_axis", 1) == 0;
    const std::int64_t times = x[batch_first ? 1 : 0];
    const auto chunk_bytes = static_cast<std::int64_t>(byte_count(context.dtype(0), ShapeView(x).subspan(2)));
    const std::int64_t chunks = x[0] * x[1];
    const std::int64_t slices = slices_for(chunks, chunk_bytes);
    const Slot from = context.input(0);
    const Slot lengths = context.input(1);
    const Slot to = context.output(0);
    auto body = [=, inner = x[1], node = describe(context.node())](const Memory& memory, std::int64_t slice) {
        const Range range = slice_range(chunks, slices, slice);
        for (std::int64_t i = range.begin; i < range.end; ++i) {
            const std::int64_t batch = batch_first ? i / inner : i % inner;
            const std::int64_t time = batch_first ? i % inner : i / inner;
            const std::int64_t length = memory.at<const std::int64_t>(lengths)[batch];
            if (length < 0 || length > times) {
                fail(ErrorCode::invalid_argument, node, ": sequence length ", batch, " is ", length, ", outside [0, ",
                     times, "]");
            }
            const std::int64_t mirrored = time < length ? length - 1 - time : time;
            const std::int64_t source = i + (mirrored - time) * (batch_first ? 1 : inner);
            std::memcpy(memory[to] + i * chunk_bytes, memory[from] + source * chunk_bytes,
                        static_cast<std::size_t>(chunk_bytes));
        }
    };
    context.add_function("reverse", {from, lengths}, {to}, slices, chunks * chunk_bytes, std::move(body));
}

const Registration reverse_sequence{
    {"", "ReverseSequence", 2, 2, 1, {}, infer_reverse_sequence, lower_reverse_sequence}};

}  // namespace

}  // namespace onecnn::core
