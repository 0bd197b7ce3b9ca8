// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <optional>
#include <vector>

#include "kernels/arithmetic.h"
#include "kernels/by_float.h"
#include "kernels/visit_dtype.h"
#include "ops/element_moves.h"
#include "ops/window.h"

namespace onecnn::core {

namespace {

void infer_col2im(InferContext& context) {
    context.require_rank(0, 3);
    if (!visit_numeric(context.dtype(0), [](auto) {})) {
        context.unsupported("input 0 is ", name(context.dtype(0)), "; numbers are supported");
    }
    const Shape& columns = context.shape(0);
    const Shape image = context.integers(1);
    const Shape block = context.integers(2);
    if (image.empty() || image.size() > max_rank - 2 ||
        std::ranges::any_of(image, [](std::int64_t size) { return size < 1; })) {
        context.invalid("image_shape is ", to_string(image), ", expected positive sizes");
    }
    const Window window = resolve_window(context.node(), image, block);
    const std::int64_t elements = element_count(block);
    const std::int64_t blocks = element_count(window.output);
    if (columns[1] % elements != 0 || columns[2] != blocks) {
        context.invalid("input 0 has shape ", to_string(columns), ", expected a multiple of the ", elements,
                        " elements of a block, of which there are ", blocks);
    }
    Shape shape{columns[0], columns[1] / elements};
    shape.insert(shape.end(), image.begin(), image.end());
    context.set_output(0, context.dtype(0), std::move(shape));
}

/// One dimension of the places that an element of a block is added to.
struct Axis {
    std::int64_t image;
    std::int64_t stride;  ///< of the image, in elements
    std::int64_t block;
    std::int64_t blocks;
    std::int64_t step;  ///< from a block to the next
    std::int64_t dilation;
    std::int64_t pad;
};

using Position = std::array<std::int64_t, max_rank>;

/// To the next position among `size` ones in each dimension, the last one fastest; false after the last.
bool advance(const std::vector<Axis>& axes, std::int64_t Axis::* size, Position& at) {
    for (std::size_t i = axes.size(); i-- > 0;) {
        if (++at[i] < axes[i].*size) {
            return true;
        }
        at[i] = 0;
    }
    return false;
}

/// Where an element of a block lies in the image; nothing where that is its padding.
std::optional<std::int64_t> place(const std::vector<Axis>& axes, const Position& block, const Position& element) {
    std::int64_t place = 0;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const std::int64_t at = block[i] * axes[i].step + element[i] * axes[i].dilation - axes[i].pad;
        if (at < 0 || at >= axes[i].image) {
            return std::nullopt;
        }
        place += at * axes[i].stride;
    }
    return place;
}

/// Adds the elements of a plane's blocks, which come in the order of their places in a block, to the plane.
template <typename T>
void add_blocks(const std::vector<Axis>& axes, const std::byte* columns, std::byte* image) {
    const T* from = reinterpret_cast<const T*>(columns);
    T* to = reinterpret_cast<T*>(image);
    Position element{};
    do {
        Position block{};
        do {
            if (const auto at = place(axes, block, element)) {
                to[*at] = ByFloat<Add>()(to[*at], *from);
            }
            ++from;
        } while (advance(axes, &Axis::blocks, block));
    } while (advance(axes, &Axis::block, element));
}

void lower_col2im(LowerContext& context) {
    const Shape image = integers(context, 1);
    const Window window = resolve_window(context.node(), image, integers(context, 2));
    const Shape strides = row_major_strides(image);
    std::vector<Axis> axes;
    for (std::size_t i = 0; i < image.size(); ++i) {
        axes.push_back({image[i], strides[i], window.kernel[i], window.output[i], window.strides[i],
                        window.dilations[i], window.pads_begin[i]});
    }
    const Shape& shape = context.output_shape(0);
    const std::int64_t planes = shape[0] * shape[1];
    const std::int64_t element_bytes = bits(context.dtype(0)) / 8;
    const std::int64_t plane_bytes = element_count(image) * element_bytes;
    const std::int64_t column_bytes = element_count(window.kernel) * element_count(window.output) * element_bytes;
    const bool has_blocks = column_bytes > 0;
    void (*add)(const std::vector<Axis>&, const std::byte*, std::byte*) = nullptr;
    static_cast<void>(visit_numeric(context.dtype(0), [&]<typename T>(T) { add = add_blocks<T>; }));
    const Slot from = context.input(0);
    const Slot to = context.output(0);
    const std::int64_t slices = slices_for(planes, plane_bytes + column_bytes);
    context.add_function("col2im", {from}, {to}, slices, planes * (plane_bytes + column_bytes),
                         [=](const Memory& memory, std::int64_t slice) {
                             const Range range = slice_range(planes, slices, slice);
                             for (std::int64_t plane = range.begin; plane < range.end; ++plane) {
                                 std::byte* result = memory[to] + plane * plane_bytes;
                                 std::memset(result, 0, static_cast<std::size_t>(plane_bytes));
                                 if (has_blocks) {
                                     add(axes, memory[from] + plane * column_bytes, result);
                                 }
                             }
                         });
}

const Registration col2im{{"", "Col2Im", 3, 3, 1, {1, 2}, infer_col2im, lower_col2im}};

}  // namespace

}  // namespace onecnn::core
