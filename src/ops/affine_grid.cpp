// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <type_traits>
#include <utility>

#include "graph/attributes.h"
#include "kernels/float16.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    const Shape& theta = context.shape(0);
    const Shape size = context.integers(1);
    const auto rank = static_cast<std::int64_t>(size.size()) - 2;
    if (rank != 2 && rank != 3) {
        context.invalid("size is ", to_string(size), ", expected 4 or 5 values");
    }
    for (const std::int64_t value : size) {
        if (value < 0) {
            context.invalid("size is ", to_string(size), ", which has a negative value");
        }
    }
    if (theta != Shape{size[0], rank, rank + 1}) {
        context.invalid("input 0 has shape ", to_string(theta), " and size is ", to_string(size), "; expected shape ",
                        to_string(Shape{size[0], rank, rank + 1}));
    }
    const DType dtype = context.dtype(0);
    if (dtype != DType::float32 && dtype != DType::float64 && dtype != DType::float16 && dtype != DType::bfloat16) {
        context.invalid("input 0 is ", name(dtype), ", expected a floating-point type");
    }
    Shape grid{size[0]};
    grid.insert(grid.end(), size.begin() + 2, size.end());
    grid.push_back(rank);
    context.set_output(0, dtype, std::move(grid));
}

/// Element i of `size` places evenly spread over [−1, 1]: over its ends, or in the middle of as many parts.
template <typename A>
A spread(std::int64_t i, std::int64_t size, bool align_corners) {
    if (align_corners) {
        return size == 1 ? 0 : -1 + static_cast<A>(2 * i) / static_cast<A>(size - 1);
    }
    return -1 + static_cast<A>(2 * i + 1) / static_cast<A>(size);
}

template <typename T>
void lower_as(LowerContext& context) {
    using A = std::conditional_t<std::is_same_v<T, double>, double, float>;
    const Shape& grid = context.output_shape(0);
    const bool align_corners = attribute<std::int64_t>(context.node(), "align_corners", 0) != 0;
    const auto rank = static_cast<std::size_t>(grid.back());
    const std::int64_t places = element_count(grid, 0, grid.size() - 1);
    const Shape sizes(grid.begin() + 1, grid.end() - 1);
    const std::int64_t pixels = element_count(sizes);
    constexpr std::int64_t work_per_place = 32;
    const std::int64_t slices = slices_for(places, work_per_place);
    const Slot theta = context.input(0);
    const Slot to = context.output(0);
    context.add_function(
        "affine_grid", {theta}, {to}, slices, places * work_per_place, [=](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(places, slices, slice);
            for (std::int64_t place = range.begin; place < range.end; ++place) {
                // Coordinates come innermost dimension first, and a 1 for the translation.
                std::array<A, 4> position{};
                position[rank] = 1;
                std::int64_t rest = place % pixels;
                for (std::size_t i = 0; i < rank; ++i) {
                    const std::int64_t size = sizes[rank - 1 - i];
                    position[i] = spread<A>(rest % size, size, align_corners);
                    rest /= size;
                }
                const T* row =
                    memory.at<const T>(theta) + place / pixels * static_cast<std::int64_t>(rank * (rank + 1));
                T* result = memory.at<T>(to) + place * static_cast<std::int64_t>(rank);
                for (std::size_t i = 0; i < rank; ++i) {
                    A sum = 0;
                    for (std::size_t j = 0; j <= rank; ++j) {
                        sum += static_cast<A>(*row++) * position[j];
                    }
                    result[i] = static_cast<T>(sum);
                }
            }
        });
}

void lower(LowerContext& context) {
    switch (context.dtype(0)) {
        case DType::float64: return lower_as<double>(context);
        case DType::float16: return lower_as<Float16>(context);
        case DType::bfloat16: return lower_as<BFloat16>(context);
        default: return lower_as<float>(context);
    }
}

const Registration affine_grid{{"", "AffineGrid", 2, 2, 1, {1}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
