// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "graph/attributes.h"
#include "kernels/visit_element_size.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

void infer_trilu(InferContext& context) {
    require_movable(context, 0);
    if (context.shape(0).size() < 2) {
        context.invalid("input 0 has shape ", to_string(context.shape(0)), ", expected matrices");
    }
    if (context.has_input(1) && (context.dtype(1) != DType::int64 || element_count(context.shape(1)) != 1)) {
        context.invalid("k is ", name(context.dtype(1)), to_string(context.shape(1)), ", expected one int64");
    }
    context.set_output(0, context.dtype(0), context.shape(0));
}

void lower_trilu(LowerContext& context) {
    const Shape& shape = context.shape(0);
    const std::int64_t rows = shape[shape.size() - 2];
    const std::int64_t columns = shape.back();
    const bool upper = attribute<std::int64_t>(context.node(), "upper", 1) != 0;
    const Slot from = context.input(0);
    std::vector<Slot> reads{from};
    std::optional<Slot> k;
    if (context.has_input(1)) {
        reads.push_back(*(k = context.input(1)));
    }
    const Slot to = context.output(0);
    const std::int64_t all_rows = element_count(shape) / columns;
    const std::int64_t row_bytes = columns * bits(context.dtype(0)) / 8;
    const std::int64_t slices = slices_for(all_rows, row_bytes);
    visit_element_size(context.dtype(0), [&]<typename T>(T) {
        auto body = [=](const Memory& memory, std::int64_t slice) {
            const std::int64_t diagonal = k ? std::clamp(*memory.at<const std::int64_t>(*k), -rows, columns) : 0;
            const Range range = slice_range(all_rows, slices, slice);
            for (std::int64_t row = range.begin; row < range.end; ++row) {
                const T* source = memory.at<const T>(from) + row * columns;
                T* result = memory.at<T>(to) + row * columns;
                const std::int64_t edge = row % rows + diagonal + (upper ? 0 : 1);
                const std::int64_t split = std::clamp<std::int64_t>(edge, 0, columns);
                if (upper) {
                    std::fill_n(result, split, T{0});
                    std::copy(source + split, source + columns, result + split);
                } else {
                    std::copy_n(source, split, result);
                    std::fill(result + split, result + columns, T{0});
                }
            }
        };
        context.add_function("trilu", std::move(reads), {to}, slices, all_rows * row_bytes, std::move(body));
    });
}

const Registration trilu{{"", "Trilu", 1, 2, 1, {}, infer_trilu, lower_trilu}};

}  // namespace

}  // namespace onecnn::core
