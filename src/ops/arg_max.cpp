// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>

#include "graph/attributes.h"
#include "kernels/visit_dtype.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

std::size_t axis_of(const Node& node, const Shape& data) {
    return normalized_axis(attribute<std::int64_t>(node, "axis", 0), data.size(), describe(node) + ": axis");
}

void infer_arg(InferContext& context) {
    Shape shape = context.shape(0);
    const std::size_t axis = axis_of(context.node(), shape);
    if (!visit_numeric(context.dtype(0), [](auto) {})) {
        context.invalid("input 0 is ", name(context.dtype(0)), ", expected a number");
    }
    if (shape[axis] == 0) {
        context.invalid("axis ", axis, " of the input of shape ", to_string(shape), " has no elements");
    }
    if (attribute<std::int64_t>(context.node(), "keepdims", 1) != 0) {
        shape[axis] = 1;
    } else {
        shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
    }
    context.set_output(0, DType::int64, std::move(shape));
}

/// A search along the middle one of three axes; its results are made in tiles, neighbours on the innermost.
struct Search {
    std::int64_t size;
    std::int64_t inner;
    bool last_of_equals;

    static constexpr std::int64_t tile = 256;

    [[nodiscard]] std::int64_t tiles() const { return (inner - 1) / tile + 1; }
};

template <typename T, bool largest>
void search(const Search& search, const std::byte* from, std::int64_t* to, Range items) {
    using Number = std::conditional_t<std::is_arithmetic_v<T>, T, float>;
    for (std::int64_t item = items.begin; item < items.end; ++item) {
        const std::int64_t row = item / search.tiles();
        const std::int64_t first = item % search.tiles() * Search::tile;
        const auto width = static_cast<std::size_t>(std::min(Search::tile, search.inner - first));
        const T* x = reinterpret_cast<const T*>(from) + row * search.size * search.inner + first;
        std::array<Number, Search::tile> best;
        std::array<std::int64_t, Search::tile> place;
        std::fill_n(best.begin(), width, Number{0});
        for (std::int64_t i = 0; i < search.size; ++i) {
            for (std::size_t column = 0; column < width; ++column) {
                const auto value = static_cast<Number>(x[column]);
                const bool better = (largest ? value > best[column] : value < best[column]) ||
                                    (search.last_of_equals && value == best[column]) || i == 0;
                best[column] = better ? value : best[column];
                place[column] = better ? i : place[column];
            }
            x += search.inner;
        }
        std::copy_n(place.begin(), width, to + row * search.inner + first);
    }
}

template <bool largest>
void lower_arg(LowerContext& context) {
    const Shape& data = context.shape(0);
    const std::size_t axis = axis_of(context.node(), data);
    const Search work{data[axis], element_count(data, axis + 1, data.size()),
                      attribute<std::int64_t>(context.node(), "select_last_index", 0) != 0};
    void (*kernel)(const Search&, const std::byte*, std::int64_t*, Range) = nullptr;
    static_cast<void>(visit_numeric(context.dtype(0), [&]<typename T>(T) { kernel = search<T, largest>; }));
    const std::int64_t items = element_count(data, 0, axis) * work.tiles();
    const std::int64_t slices = slices_for(items, work.size * std::min(work.inner, Search::tile));
    const Slot from = context.input(0);
    const Slot to = context.output(0);
    context.add_function("search", {from}, {to}, slices, element_count(data),
                         [=](const Memory& memory, std::int64_t slice) {
                             kernel(work, memory[from], memory.at<std::int64_t>(to), slice_range(items, slices, slice));
                         });
}

const Registration arg_max{{"", "ArgMax", 1, 1, 1, {}, infer_arg, lower_arg<true>}};
const Registration arg_min{{"", "ArgMin", 1, 1, 1, {}, infer_arg, lower_arg<false>}};

}  // namespace

}  // namespace onecnn::core
