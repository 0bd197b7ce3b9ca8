// SPDX-License-Identifier: Apache-2.0
#include "kernels/transpose.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "kernels/packed.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

/// One dimension of the result: its size, and the strides of source and destination in elements.
struct Axis {
    std::int64_t size;
    std::int64_t from;
    std::int64_t to;
};

/// The result's axes, outermost first, without those of size 1 and with neighbours joined that stay neighbours.
std::vector<Axis> joined_axes(ShapeView shape, const std::vector<std::size_t>& permutation) {
    const Shape strides = row_major_strides(shape);
    Shape moved;
    for (const std::size_t axis : permutation) {
        moved.push_back(shape[axis]);
    }
    const Shape moved_strides = row_major_strides(moved);
    std::vector<Axis> axes;
    for (std::size_t i = 0; i < permutation.size(); ++i) {
        const Axis axis{moved[i], strides[permutation[i]], moved_strides[i]};
        if (axis.size == 1) {
            continue;
        }
        if (!axes.empty() && axes.back().from == axis.from * axis.size) {
            axes.back() = {axes.back().size * axis.size, axis.from, axis.to};
        } else {
            axes.push_back(axis);
        }
    }
    return axes;
}

/// A transpose as one loop nest: outer axes, and a plane whose rows are contiguous in the destination and whose columns are,
/// where there is such an axis, contiguous in the source.
struct Nest {
    std::vector<Axis> outer;
    Axis row{1, 0, 0};
    Axis column{1, 1, 1};
};

Nest make_nest(std::vector<Axis> axes) {
    Nest nest;
    if (axes.empty()) {
        return nest;
    }
    nest.column = axes.back();
    axes.pop_back();
    if (!axes.empty()) {
        const auto contiguous = std::ranges::min_element(axes, {}, &Axis::from);
        nest.row = *contiguous;
        axes.erase(contiguous);
    }
    nest.outer = std::move(axes);
    return nest;
}

/// Rows [r0, r1) and columns [c0, c1) of a plane, element by element.
template <typename T>
void move_elements(const Nest& nest, const T* from, T* to, Range rows, Range columns) {
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
        for (std::int64_t c = columns.begin; c < columns.end; ++c) {
            to[r * nest.row.to + c] = from[r * nest.row.from + c * nest.column.from];
        }
    }
}

using Four = std::uint32_t __attribute__((vector_size(16)));

Four load(const std::uint32_t* from) {
    Four four;
    std::memcpy(&four, from, sizeof four);
    return four;
}

/// Four rows by four columns where rows are neighbours in the source and columns in the destination.
void move_four_by_four(const std::uint32_t* from, std::int64_t from_stride, std::uint32_t* to, std::int64_t to_stride) {
    const Four a = load(from);
    const Four b = load(from + from_stride);
    const Four c = load(from + 2 * from_stride);
    const Four d = load(from + 3 * from_stride);
    const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    const Four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const Four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    const std::array<Four, 4> rows{
        __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5), __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
        __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5), __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)};
    for (const Four& row : rows) {
        std::memcpy(to, &row, sizeof row);
        to += to_stride;
    }
}

/// Rows and columns of a block; four by four elements of 32 bits at once where the source allows.
template <typename T>
void move_block(const Nest& nest, const T* from, T* to, Range rows, Range columns) {
    if constexpr (sizeof(T) == sizeof(std::uint32_t)) {
        if (nest.row.from == 1) {
            const std::int64_t row_end = rows.begin + (rows.end - rows.begin) / 4 * 4;
            const std::int64_t column_end = columns.begin + (columns.end - columns.begin) / 4 * 4;
            for (std::int64_t c = columns.begin; c < column_end; c += 4) {
                for (std::int64_t r = rows.begin; r < row_end; r += 4) {
                    move_four_by_four(from + r + c * nest.column.from, nest.column.from, to + r * nest.row.to + c,
                                      nest.row.to);
                }
            }
            move_elements(nest, from, to, {row_end, rows.end}, columns);
            move_elements(nest, from, to, {rows.begin, row_end}, {column_end, columns.end});
            return;
        }
    }
    move_elements(nest, from, to, rows, columns);
}

template <typename T>
void move_plane(const Nest& nest, const T* from, T* to) {
    constexpr std::int64_t block = 16;  // elements: both sides of a block stay in the first-level cache
    const Axis& row = nest.row;
    const Axis& column = nest.column;
    if (column.from == 1) {
        for (std::int64_t r = 0; r < row.size; ++r) {
            std::memcpy(to + r * row.to, from + r * row.from, static_cast<std::size_t>(column.size) * sizeof(T));
        }
        return;
    }
    for (std::int64_t r = 0; r < row.size; r += block) {
        for (std::int64_t c = 0; c < column.size; c += block) {
            move_block(nest, from, to, {r, std::min(row.size, r + block)}, {c, std::min(column.size, c + block)});
        }
    }
}

template <typename T>
FunctionStep::Body transpose_body(const Nest& nest, std::int64_t planes, std::int64_t slices, Slot from, Slot to) {
    return [=](const Memory& memory, std::int64_t slice) {
        const Range range = slice_range(planes, slices, slice);
        for (std::int64_t plane = range.begin; plane < range.end; ++plane) {
            std::int64_t rest = plane;
            std::int64_t source = 0;
            std::int64_t destination = 0;
            for (auto axis = nest.outer.rbegin(); axis != nest.outer.rend(); ++axis) {
                source += rest % axis->size * axis->from;
                destination += rest % axis->size * axis->to;
                rest /= axis->size;
            }
            move_plane(nest, memory.at<const T>(from) + source, memory.at<T>(to) + destination);
        }
    };
}

/// Packed elements, a byte of the result at a time.
FunctionStep::Body packed_body(const std::vector<Axis>& axes, DType dtype, std::int64_t count, std::int64_t slices,
                               Slot from, Slot to) {
    return [=](const Memory& memory, std::int64_t slice) {
        const std::int64_t in_a_byte = 8 / bits(dtype);
        const Range bytes = slice_range((count - 1) / in_a_byte + 1, slices, slice);
        std::array<std::uint8_t, 4> elements{};
        for (std::int64_t byte = bytes.begin; byte < bytes.end; ++byte) {
            const Range range{byte * in_a_byte, std::min(count, (byte + 1) * in_a_byte)};
            for (std::int64_t element = range.begin; element < range.end; ++element) {
                std::int64_t rest = element;
                std::int64_t source = 0;
                for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
                    source += rest % axis->size * axis->from;
                    rest /= axis->size;
                }
                unpack(dtype, memory[from], {source, source + 1},
                       &elements[static_cast<std::size_t>(element - range.begin)]);
            }
            pack(dtype, elements.data(), memory[to], range);
        }
    };
}

std::unique_ptr<Step> finished(std::unique_ptr<FunctionStep> step, Slot from, Slot to, std::int64_t bytes) {
    step->reads = {from};
    step->writes = {to};
    step->work = bytes;
    return step;
}

}  // namespace

std::unique_ptr<Step> make_transpose_step(DType dtype, ShapeView shape, const std::vector<std::size_t>& permutation,
                                          Slot from, Slot to) {
    const auto bytes = static_cast<std::int64_t>(byte_count(dtype, shape));
    if (is_packed(dtype)) {
        const std::int64_t slices = slices_for(bytes, 16);
        auto body = packed_body(joined_axes(shape, permutation), dtype, element_count(shape), slices, from, to);
        return finished(std::make_unique<FunctionStep>("transpose", slices, std::move(body)), from, to, bytes);
    }
    const Nest nest = make_nest(joined_axes(shape, permutation));
    std::int64_t planes = 1;
    for (const Axis& axis : nest.outer) {
        planes *= axis.size;
    }
    const std::int64_t slices = slices_for(planes, planes == 0 ? 0 : bytes / planes);
    const auto body = [&]() -> FunctionStep::Body {
        switch (bits(dtype)) {
            case 8: return transpose_body<std::uint8_t>(nest, planes, slices, from, to);
            case 16: return transpose_body<std::uint16_t>(nest, planes, slices, from, to);
            case 32: return transpose_body<std::uint32_t>(nest, planes, slices, from, to);
            case 64: return transpose_body<std::uint64_t>(nest, planes, slices, from, to);
            default: fail(ErrorCode::unsupported_operator, "a tensor of ", name(dtype), " cannot be transposed");
        }
    }();
    return finished(std::make_unique<FunctionStep>("transpose", slices, body), from, to, bytes);
}

std::unique_ptr<Step> make_relayout_step(DType dtype, ShapeView shape, Layout from_layout, Layout to_layout, Slot from,
                                         Slot to) {
    if (from_layout == to_layout || layouts_coincide(shape)) {
        return make_copy_step(byte_count(dtype, shape), from, to);
    }
    // As row-major tensors: channels last has dimensions (0, 2, 3, ..., 1) of the shape.
    std::vector<std::size_t> permutation(shape.size());
    std::iota(permutation.begin(), permutation.end(), std::size_t{0});
    if (to_layout == Layout::channels_last) {
        std::rotate(permutation.begin() + 1, permutation.begin() + 2, permutation.end());
        return make_transpose_step(dtype, shape, permutation, from, to);
    }
    Shape stored(shape.begin(), shape.end());
    std::rotate(stored.begin() + 1, stored.begin() + 2, stored.end());
    std::rotate(permutation.begin() + 1, permutation.end() - 1, permutation.end());
    return make_transpose_step(dtype, stored, permutation, from, to);
}

std::unique_ptr<Step> make_copy_step(std::size_t bytes, Slot from, Slot to) {
    const auto total = static_cast<std::int64_t>(bytes);
    const std::int64_t slices = slices_for(total, 1);
    auto body = [=](const Memory& memory, std::int64_t slice) {
        const Range range = slice_range(total, slices, slice);
        if (range.end > range.begin) {
            std::memcpy(memory[to] + range.begin, memory[from] + range.begin,
                        static_cast<std::size_t>(range.end - range.begin));
        }
    };
    return finished(std::make_unique<FunctionStep>("copy", slices, body), from, to, total);
}

}  // namespace onecnn::core
