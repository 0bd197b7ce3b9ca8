// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>

#include "graph/attributes.h"
#include "kernels/convert.h"
#include "kernels/visit_dtype.h"
#include "kernels/visit_element_size.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

/// An element of any numeric type, cut towards 0; negative where it is past int64's range.
struct Integers {
    DType dtype;
    Convert convert;
    std::int64_t element_bytes;

    explicit Integers(DType type)
        : dtype(type), convert(conversion(type, DType::int64)), element_bytes(bits(type) / 8) {}

    [[nodiscard]] std::int64_t at(const std::byte* elements, std::int64_t i) const {
        std::int64_t value = 0;
        convert(elements + i * element_bytes, reinterpret_cast<std::byte*>(&value), 1);
        return value;
    }
};

void infer_one_hot(InferContext& context) {
    require_movable(context, 2);
    for (const std::size_t i : {0U, 1U}) {
        if (!visit_numeric(context.dtype(i), [](auto) {})) {
            context.invalid("input ", i, " is ", name(context.dtype(i)), ", expected a number");
        }
    }
    if (element_count(context.shape(1)) != 1 || element_count(context.shape(2)) != 2) {
        context.invalid("depth has shape ", to_string(context.shape(1)), " and values ", to_string(context.shape(2)),
                        ", expected one element and two");
    }
    const std::int64_t depth = Integers(context.dtype(1)).at(context.elements(1).data(), 0);
    if (depth < 0) {
        context.invalid("depth is ", depth);
    }
    Shape shape = context.shape(0);
    const std::size_t axis = normalized_axis(attribute<std::int64_t>(context.node(), "axis", -1), shape.size() + 1,
                                             describe(context.node()) + ": axis");
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), depth);
    context.set_output(0, context.dtype(2), std::move(shape));
}

void lower_one_hot(LowerContext& context) {
    const Shape& shape = context.output_shape(0);
    const std::size_t axis = normalized_axis(attribute<std::int64_t>(context.node(), "axis", -1), shape.size(), "axis");
    const std::int64_t rows = element_count(shape, 0, axis);
    const std::int64_t depth = shape[axis];
    const std::int64_t inner = element_count(shape, axis + 1, shape.size());
    const Integers integers(context.dtype(0));
    const Slot indices = context.input(0);
    const Slot values = context.input(2);
    const Slot to = context.output(0);
    const std::int64_t row_work = depth * inner * bits(context.dtype(2)) / 8;
    const std::int64_t slices = slices_for(rows, row_work);
    visit_element_size(context.dtype(2), [&]<typename T>(T) {
        auto body = [=](const Memory& memory, std::int64_t slice) {
            const T off = memory.at<const T>(values)[0];
            const T on = memory.at<const T>(values)[1];
            const Range range = slice_range(rows, slices, slice);
            for (std::int64_t row = range.begin; row < range.end; ++row) {
                T* result = memory.at<T>(to) + row * depth * inner;
                std::fill_n(result, depth * inner, off);
                for (std::int64_t i = 0; i < inner; ++i) {
                    const std::int64_t index = integers.at(memory[indices], row * inner + i);
                    // Past int64's range, an unsigned index would seem to count from the end.
                    const bool beyond = index < 0 && integers.dtype == DType::uint64;
                    const std::int64_t place = index < 0 ? index + depth : index;
                    if (!beyond && place >= 0 && place < depth) {
                        result[place * inner + i] = on;
                    }
                }
            }
        };
        context.add_function("one_hot", {indices, values}, {to}, slices, rows * row_work, std::move(body));
    });
}

const Registration one_hot{{"", "OneHot", 3, 3, 1, {1}, infer_one_hot, lower_one_hot}};

}  // namespace

}  // namespace onecnn::core
