// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>

#include "graph/attributes.h"
#include "kernels/arithmetic.h"
#include "kernels/by_float.h"
#include "kernels/float16.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

/// A scan along the middle one of three axes.
struct Scan {
    std::int64_t size;
    std::int64_t inner;
    bool exclusive;
    bool reverse;
};

/// The columns [columns.begin, columns.end) of one row of the outermost axis.
template <typename Operation, int neutral, typename T>
void scan(const Scan& scan, const std::byte* from_bytes, std::byte* to_bytes, std::int64_t row, Range columns) {
    const std::int64_t begin = row * scan.size * scan.inner + (scan.reverse ? (scan.size - 1) * scan.inner : 0);
    const T* from = reinterpret_cast<const T*>(from_bytes) + begin;
    T* to = reinterpret_cast<T*>(to_bytes) + begin;
    const std::int64_t step = scan.reverse ? -scan.inner : scan.inner;
    if (scan.exclusive) {
        std::fill(to + columns.begin, to + columns.end, static_cast<T>(neutral));
    } else {
        std::copy(from + columns.begin, from + columns.end, to + columns.begin);
        from += step;
    }
    for (std::int64_t i = 1; i < scan.size; ++i) {
        for (std::int64_t column = columns.begin; column < columns.end; ++column) {
            to[column + step] = ByFloat<Operation>()(to[column], from[column]);
        }
        from += step;
        to += step;
    }
}

using Kernel = void (*)(const Scan&, const std::byte*, std::byte*, std::int64_t row, Range columns);

template <typename Operation, int neutral>
Kernel kernel_of(DType dtype) {
    switch (dtype) {
        case DType::float32: return scan<Operation, neutral, float>;
        case DType::float64: return scan<Operation, neutral, double>;
        case DType::float16: return scan<Operation, neutral, Float16>;
        case DType::bfloat16: return scan<Operation, neutral, BFloat16>;
        case DType::int32: return scan<Operation, neutral, std::int32_t>;
        case DType::int64: return scan<Operation, neutral, std::int64_t>;
        case DType::uint32: return scan<Operation, neutral, std::uint32_t>;
        case DType::uint64: return scan<Operation, neutral, std::uint64_t>;
        default: return nullptr;
    }
}

std::size_t axis_of(const Node& node, const Shape& axes, std::size_t rank) {
    if (axes.size() != 1) {
        fail(ErrorCode::invalid_model, describe(node), ": axis has ", axes.size(), " elements, expected one");
    }
    return normalized_axis(axes[0], rank, describe(node) + ": axis");
}

template <typename Operation, int neutral>
void infer_cumulative(InferContext& context) {
    if (kernel_of<Operation, neutral>(context.dtype(0)) == nullptr) {
        context.unsupported("input 0 is ", name(context.dtype(0)), ", which it does not take");
    }
    static_cast<void>(axis_of(context.node(), context.integers(1), context.shape(0).size()));
    context.set_output(0, context.dtype(0), context.shape(0));
}

template <typename Operation, int neutral>
void lower_cumulative(LowerContext& context) {
    const Shape& data = context.shape(0);
    const std::size_t axis = axis_of(context.node(), integers(context, 1), data.size());
    const Scan work{data[axis], element_count(data, axis + 1, data.size()),
                    attribute<std::int64_t>(context.node(), "exclusive", 0) != 0,
                    attribute<std::int64_t>(context.node(), "reverse", 0) != 0};
    constexpr std::int64_t block = 64;  // columns: as many as fill a few vectors
    const std::int64_t blocks = (work.inner - 1) / block + 1;
    const std::int64_t items = element_count(data, 0, axis) * blocks;
    const std::int64_t slices = slices_for(items, work.size * std::min(work.inner, block));
    const Kernel kernel = kernel_of<Operation, neutral>(context.dtype(0));
    const Slot from = context.input(0);
    const Slot to = context.output(0);
    context.add_function(
        "scan", {from}, {to}, slices, element_count(data), [=](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(items, slices, slice);
            for (std::int64_t item = range.begin; item < range.end; ++item) {
                const std::int64_t first = item % blocks * block;
                kernel(work, memory[from], memory[to], item / blocks, {first, std::min(first + block, work.inner)});
            }
        });
}

const Registration cum_sum{{"", "CumSum", 2, 2, 1, {1}, infer_cumulative<Add, 0>, lower_cumulative<Add, 0>}};
const Registration cum_prod{{"", "CumProd", 2, 2, 1, {1}, infer_cumulative<Mul, 1>, lower_cumulative<Mul, 1>}};

}  // namespace

}  // namespace onecnn::core
