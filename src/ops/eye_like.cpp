// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>

#include "graph/attributes.h"
#include "graph/element_type.h"
#include "kernels/convert.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void infer_eye_like(InferContext& context) {
    context.require_rank(0, 2);
    const auto asked = find_attribute<std::int64_t>(context.node(), "dtype");
    const DType dtype = asked ? element_type(*asked, describe(context.node()) + ": its result") : context.dtype(0);
    if (!can_convert(DType::int64, dtype)) {
        context.unsupported("a matrix of ", name(dtype), " has no ones");
    }
    context.set_output(0, dtype, context.shape(0));
}

void lower_eye_like(LowerContext& context) {
    const std::int64_t rows = context.output_shape(0)[0];
    const std::int64_t columns = context.output_shape(0)[1];
    const std::int64_t k = std::clamp(attribute<std::int64_t>(context.node(), "k", 0), -rows, columns);
    const DType dtype = context.output_dtype(0);
    const auto element_bytes = static_cast<std::size_t>(bits(dtype) / 8);
    constexpr std::int64_t number = 1;
    std::array<std::byte, sizeof number> one{};
    conversion(DType::int64, dtype)(reinterpret_cast<const std::byte*>(&number), one.data(), 1);
    const Slot to = context.output(0);
    const std::size_t row_bytes = static_cast<std::size_t>(columns) * element_bytes;
    const std::int64_t row_work = static_cast<std::int64_t>(row_bytes);
    const std::int64_t slices = slices_for(rows, row_work);
    context.add_function("eye", {}, {to}, slices, rows * row_work, [=](const Memory& memory, std::int64_t slice) {
        const Range range = slice_range(rows, slices, slice);
        for (std::int64_t row = range.begin; row < range.end; ++row) {
            std::byte* result = memory[to] + row * row_work;
            std::memset(result, 0, row_bytes);
            const std::int64_t column = row + k;
            if (column >= 0 && column < columns) {
                std::memcpy(result + static_cast<std::size_t>(column) * element_bytes, one.data(), element_bytes);
            }
        }
    });
}

const Registration eye_like{{"", "EyeLike", 1, 1, 1, {}, infer_eye_like, lower_eye_like}};

}  // namespace

}  // namespace onecnn::core
