// SPDX-License-Identifier: Apache-2.0
#include "runtime/shape.h"

#include <algorithm>

#include "runtime/error.h"

namespace onecnn::core {

std::string to_string(ShapeView shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
    }
    return text + "]";
}

std::int64_t checked_multiply(std::int64_t a, std::int64_t b) {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) {
        fail(ErrorCode::resource_limit, "a size of ", a, " × ", b, " does not fit into 63 bits");
    }
    return product;
}

std::int64_t checked_add(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) {
        fail(ErrorCode::resource_limit, "a size of ", a, " + ", b, " does not fit into 63 bits");
    }
    return sum;
}

std::int64_t element_count(ShapeView shape, std::size_t first, std::size_t last) {
    const auto dims = shape.subspan(first, last - first);
    // A zero makes the product 0 however large the others are.
    if (std::ranges::find(dims, 0) != dims.end()) {
        return 0;
    }
    std::int64_t count = 1;
    for (const auto dim : dims) {
        count = checked_multiply(count, dim);
    }
    return count;
}

std::int64_t element_count(ShapeView shape) { return element_count(shape, 0, shape.size()); }

std::size_t byte_count(DType dtype, ShapeView shape) {
    constexpr std::int64_t string_bits = 8 * sizeof(std::string);
    const std::int64_t element_bits = dtype == DType::string ? string_bits : bits(dtype);
    const std::int64_t total_bits = checked_multiply(element_count(shape), element_bits);
    return static_cast<std::size_t>(checked_add(total_bits, 7) / 8);
}

Shape row_major_strides(ShapeView shape) {
    Shape strides(shape.size());
    std::int64_t stride = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
        strides[i] = stride;
        stride = checked_multiply(stride, std::max<std::int64_t>(shape[i], 1));
    }
    return strides;
}

std::size_t normalized_axis(std::int64_t axis, std::size_t rank, const std::string& what) {
    const auto signed_rank = static_cast<std::int64_t>(rank);
    if (axis < -signed_rank || axis >= signed_rank) {
        fail(ErrorCode::invalid_model, what, " is ", axis, ", outside [", -signed_rank, ", ", signed_rank, ")");
    }
    return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

Shape broadcast(ShapeView a, ShapeView b, const std::string& what) {
    Shape out(std::max(a.size(), b.size()));
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
        const std::int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
        if (x != y && x != 1 && y != 1) {
            fail(ErrorCode::invalid_model, what, ": shapes ", to_string(a), " and ", to_string(b),
                 " do not broadcast to one another");
        }
        out[out.size() - 1 - i] = x == 1 ? y : x;
    }
    return out;
}

}  // namespace onecnn::core
