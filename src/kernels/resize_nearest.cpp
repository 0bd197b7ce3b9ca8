// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "kernels/convert.h"
#include "kernels/resize.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

struct Axis {
    std::vector<std::int64_t> elements;  ///< see nearest_elements
    std::int64_t stride;                 ///< of the source, in elements
};

/// A resize as a loop over rows: all of the innermost axis that changes, and what lies inside its elements.
struct Nest {
    std::vector<Axis> outer;  ///< innermost first
    Axis inner;
    std::int64_t rows = 1;

    [[nodiscard]] std::int64_t chunk() const { return inner.stride; }
    [[nodiscard]] std::int64_t row_size() const { return static_cast<std::int64_t>(inner.elements.size()) * chunk(); }
};

Nest make_nest(const std::vector<ResizedAxis>& axes, NearestMode mode) {
    std::size_t inner = axes.size() - 1;
    std::int64_t stride = 1;
    while (inner > 0 && axes[inner].is_kept()) {
        stride *= axes[inner--].input;
    }
    Nest nest;
    nest.inner = {nearest_elements(axes[inner], mode), stride};
    stride *= axes[inner].input;
    for (std::size_t i = inner; i-- > 0;) {
        nest.outer.push_back({nearest_elements(axes[i], mode), stride});
        nest.rows *= axes[i].output;
        stride *= axes[i].input;
    }
    return nest;
}

/// The offset of a row's source, or `extrapolated`.
std::int64_t row_source(const Nest& nest, std::int64_t row) {
    std::int64_t source = 0;
    for (const Axis& axis : nest.outer) {
        const auto size = static_cast<std::int64_t>(axis.elements.size());
        const std::int64_t element = axis.elements[static_cast<std::size_t>(row % size)];
        if (element == extrapolated) {
            return extrapolated;
        }
        source += element * axis.stride;
        row /= size;
    }
    return source;
}

template <typename T>
void resize_row(const Nest& nest, const T* from, T value, T* to) {
    const std::int64_t chunk = nest.chunk();
    if (chunk == 1) {
        std::ranges::transform(nest.inner.elements, to,
                               [=](std::int64_t element) { return element == extrapolated ? value : from[element]; });
        return;
    }
    for (const std::int64_t element : nest.inner.elements) {
        if (element == extrapolated) {
            std::fill_n(to, chunk, value);
        } else {
            std::copy_n(from + element * chunk, chunk, to);
        }
        to += chunk;
    }
}

template <typename T>
void resize_rows(const Nest& nest, Range rows, const T* from, T value, T* to) {
    std::int64_t previous = extrapolated;
    for (std::int64_t row = rows.begin; row < rows.end; ++row) {
        T* result = to + row * nest.row_size();
        const std::int64_t source = row_source(nest, row);
        if (source == extrapolated) {
            std::fill_n(result, nest.row_size(), value);
        } else if (source == previous) {
            std::copy_n(result - nest.row_size(), nest.row_size(), result);
        } else {
            resize_row(nest, from + source, value, result);
        }
        previous = source;
    }
}

/// A number as a dtype stores it, in an unsigned integer of its size.
template <typename T>
T stored(float value, DType dtype) {
    T bits{};
    conversion(DType::float32, dtype)(reinterpret_cast<const std::byte*>(&value), reinterpret_cast<std::byte*>(&bits),
                                      1);
    return bits;
}

template <typename T>
std::unique_ptr<Step> nearest_step(Nest nest, T value, Slot from, Slot to) {
    const std::int64_t row_bytes = nest.row_size() * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t rows = nest.rows;
    const std::int64_t slices = slices_for(rows, row_bytes);
    std::size_t table_bytes = nest.inner.elements.size() * sizeof(std::int64_t);
    for (const Axis& axis : nest.outer) {
        table_bytes += axis.elements.size() * sizeof(std::int64_t);
    }
    auto body = [=, nest = std::move(nest)](const Memory& memory, std::int64_t slice) {
        resize_rows(nest, slice_range(rows, slices, slice), memory.at<const T>(from), value, memory.at<T>(to));
    };
    auto step = std::make_unique<FunctionStep>("resize_nearest", slices, std::move(body));
    step->reads = {from};
    step->writes = {to};
    step->work = rows * row_bytes;
    step->held_bytes += table_bytes;
    return step;
}

}  // namespace

std::unique_ptr<Step> make_nearest_resize_step(DType dtype, const std::vector<ResizedAxis>& axes, NearestMode mode,
                                               float extrapolation_value, Slot from, Slot to) {
    Nest nest = make_nest(axes, mode);
    const auto of_size = [&]<typename T>(T) {
        return nearest_step<T>(std::move(nest), stored<T>(extrapolation_value, dtype), from, to);
    };
    switch (bits(dtype)) {
        case 8: return of_size(std::uint8_t{});
        case 16: return of_size(std::uint16_t{});
        case 32: return of_size(std::uint32_t{});
        case 64: return of_size(std::uint64_t{});
        default: fail(ErrorCode::unsupported_operator, "a tensor of ", name(dtype), " cannot be resized");
    }
}

}  // namespace onecnn::core
