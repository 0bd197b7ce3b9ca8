// SPDX-License-Identifier: Apache-2.0
// Operators whose output's size depends on elements: NonZero, Compress, Unique.
#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "graph/attributes.h"
#include "kernels/tensor_parts.h"
#include "kernels/visit_dtype.h"
#include "ops/execute_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

/// The places of the elements that are not zero, of a tensor seen as a list.
std::vector<std::int64_t> non_zero_places(const ExecuteContext& context, const Tensor& tensor) {
    std::vector<std::int64_t> places;
    const auto collect = [&]<typename T>(T) {
        const T* elements = reinterpret_cast<const T*>(tensor.data());
        for (std::int64_t i = 0; i < tensor.size(); ++i) {
            if constexpr (std::is_arithmetic_v<T>) {
                if (elements[i] != T{0}) {
                    places.push_back(i);
                }
            } else if (static_cast<float>(elements[i]) != 0) {
                places.push_back(i);
            }
        }
    };
    if (tensor.dtype() == DType::boolean) {
        collect(std::uint8_t{});
    } else if (!visit_numeric(tensor.dtype(), collect)) {
        context.unsupported("input 0 is ", name(tensor.dtype()), ", which has no zero here");
    }
    return places;
}

/// Coordinates of the elements, one row an axis; ONNX sees a scalar as a list of one.
void non_zero(ExecuteContext& context) {
    const Tensor& tensor = context.tensor(0);
    const auto places = non_zero_places(context, tensor);
    const Shape shape = tensor.shape().empty() ? Shape{1} : tensor.shape();
    const Shape strides = row_major_strides(shape);
    const auto count = static_cast<std::int64_t>(places.size());
    Tensor result(DType::int64, {static_cast<std::int64_t>(shape.size()), count});
    auto* to = result.as<std::int64_t>().data();
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        for (const std::int64_t place : places) {
            *to++ = place / strides[axis] % shape[axis];
        }
    }
    context.set_output(0, std::move(result));
}

/// The tensor itself, or as a list where the node names no axis; and the axis to work along.
std::pair<Tensor, std::size_t> along_axis(const ExecuteContext& context) {
    const Tensor& tensor = context.tensor(0);
    const auto axis = find_attribute<std::int64_t>(context.node(), "axis");
    if (!axis) {
        return {tensor.reshaped({tensor.size()}), 0};
    }
    return {tensor, normalized_axis(*axis, tensor.shape().size(), onecnn::core::describe(context.node()))};
}

/// Slices of an axis, in the order of `order`.
Tensor slices(const Tensor& tensor, std::size_t axis, const std::vector<std::int64_t>& order) {
    Shape shape = tensor.shape();
    const std::int64_t extent = shape[axis];
    shape[axis] = static_cast<std::int64_t>(order.size());
    const std::int64_t outer = element_count(shape, 0, axis);
    const std::int64_t inner = element_count(shape, axis + 1, shape.size());
    std::vector<std::int64_t> places;
    places.reserve(static_cast<std::size_t>(element_count(shape)));
    for (std::int64_t i = 0; i < outer; ++i) {
        for (const std::int64_t slice : order) {
            for (std::int64_t k = 0; k < inner; ++k) {
                places.push_back((i * extent + slice) * inner + k);
            }
        }
    }
    return picked(tensor, places, std::move(shape));
}

void compress(ExecuteContext& context) {
    const auto [tensor, axis] = along_axis(context);
    const auto condition = context.elements<bool>(1);
    const std::int64_t extent = tensor.shape()[axis];
    if (static_cast<std::int64_t>(condition.size()) > extent) {
        context.invalid("input 1 has ", condition.size(), " elements, more than the ", extent, " that it selects from");
    }
    std::vector<std::int64_t> kept;
    for (std::size_t i = 0; i < condition.size(); ++i) {
        if (condition[i]) {
            kept.push_back(static_cast<std::int64_t>(i));
        }
    }
    context.set_output(0, slices(tensor, axis, kept));
}

/// Which of the slices of a list of rows are equal: for each group its first, in the order in which the groups come.
struct Groups {
    std::vector<std::int64_t> first;
    std::vector<std::int64_t> of;  ///< by row
    std::vector<std::int64_t> count;
};

/// T is compared by `<`; NaN comes after all numbers, and equals itself.
template <typename T>
int compare(const T& a, const T& b) {
    if constexpr (std::is_floating_point_v<T>) {
        if (a != a || b != b) {
            return (a != a ? 1 : 0) - (b != b ? 1 : 0);
        }
    }
    return a < b ? -1 : b < a ? 1 : 0;
}

template <typename T>
Groups group(const T* elements, std::int64_t rows, std::int64_t row, bool sorted) {
    const auto compare_rows = [&](std::int64_t a, std::int64_t b) {
        for (std::int64_t i = 0; i < row; ++i) {
            if (const int order = compare(elements[a * row + i], elements[b * row + i]); order != 0) {
                return order;
            }
        }
        return 0;
    };
    std::vector<std::int64_t> order(static_cast<std::size_t>(rows));
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](std::int64_t a, std::int64_t b) { return compare_rows(a, b) < 0; });
    Groups groups;
    groups.of.resize(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (i == 0 || compare_rows(order[i - 1], order[i]) != 0) {
            groups.first.push_back(order[i]);
            groups.count.push_back(0);
        }
        ++groups.count.back();
        groups.of[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(groups.first.size()) - 1;
    }
    if (sorted) {
        return groups;
    }
    std::vector<std::int64_t> by_first(groups.first.size());
    std::iota(by_first.begin(), by_first.end(), 0);
    std::ranges::sort(by_first, {}, [&](std::int64_t g) { return groups.first[static_cast<std::size_t>(g)]; });
    Groups reordered;
    std::vector<std::int64_t> place(by_first.size());
    for (const std::int64_t g : by_first) {
        place[static_cast<std::size_t>(g)] = static_cast<std::int64_t>(reordered.first.size());
        reordered.first.push_back(groups.first[static_cast<std::size_t>(g)]);
        reordered.count.push_back(groups.count[static_cast<std::size_t>(g)]);
    }
    for (const std::int64_t g : groups.of) {
        reordered.of.push_back(place[static_cast<std::size_t>(g)]);
    }
    return reordered;
}

/// The tensor with `axis` brought to the front.
Tensor axis_first(const Tensor& tensor, std::size_t axis) {
    if (axis == 0) {
        return tensor;
    }
    std::vector<Tensor> rows;
    for (std::int64_t i = 0; i < tensor.shape()[axis]; ++i) {
        Tensor slice = slice_of(tensor, axis, i, i + 1);
        rows.push_back(slice.reshaped({1, slice.size()}));
    }
    return rows.empty() ? tensor : joined(rows, 0);
}

void unique(ExecuteContext& context) {
    const auto [tensor, axis] = along_axis(context);
    const bool sorted = attribute<std::int64_t>(context.node(), "sorted", 1) != 0;
    const Tensor rows = axis_first(tensor, axis);
    const std::int64_t count = tensor.shape()[axis];
    const std::int64_t row = count == 0 ? 0 : tensor.size() / count;
    Groups groups;
    const auto widened = [&]<typename Wide, typename T>(Wide, T) {
        const T* from = reinterpret_cast<const T*>(rows.data());
        std::vector<Wide> values;
        values.reserve(static_cast<std::size_t>(rows.size()));
        for (std::int64_t i = 0; i < rows.size(); ++i) {
            if constexpr (std::is_arithmetic_v<T>) {
                values.push_back(static_cast<Wide>(from[i]));
            } else {
                values.push_back(static_cast<float>(from[i]));
            }
        }
        groups = group(values.data(), count, row, sorted);
    };
    // Every number is one of these three exactly; sorting takes long to compile.
    const auto collect = [&]<typename T>(T) {
        if constexpr (std::is_same_v<T, std::uint64_t>) {
            widened(std::uint64_t{}, T{});
        } else if constexpr (std::is_integral_v<T>) {
            widened(std::int64_t{}, T{});
        } else {
            widened(double{}, T{});
        }
    };
    if (tensor.dtype() == DType::string) {
        groups = group(rows.as<std::string>().data(), count, row, sorted);
    } else if (tensor.dtype() == DType::boolean) {
        collect(std::uint8_t{});
    } else if (!visit_numeric(tensor.dtype(), collect)) {
        context.unsupported("input 0 is ", name(tensor.dtype()), ", which has no order here");
    }
    context.set_output(0, slices(tensor, axis, groups.first));
    context.set_output(1, Tensor::from(std::span<const std::int64_t>(groups.first)));
    context.set_output(2, Tensor::from(std::span<const std::int64_t>(groups.of)));
    context.set_output(3, Tensor::from(std::span<const std::int64_t>(groups.count)));
}

const Registration non_zero_{{"", "NonZero", 1, 1, 1, {}, nullptr, nullptr, non_zero}};
const Registration compress_{{"", "Compress", 2, 2, 1, {}, nullptr, nullptr, compress}};
const Registration unique_{{"", "Unique", 1, 1, 4, {}, nullptr, nullptr, unique}};

}  // namespace

}  // namespace onecnn::core
