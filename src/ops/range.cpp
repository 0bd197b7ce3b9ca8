// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <concepts>
#include <limits>

#include "graph/attributes.h"
#include "kernels/float16.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

/// Calls `function` with a value of the type that stores the dtype, where Range takes it; whether it does.
template <typename Function>
bool visit_range_type(DType dtype, const Function& function) {
    switch (dtype) {
        case DType::float32: function(float{}); return true;
        case DType::float64: function(double{}); return true;
        case DType::float16: function(Float16{}); return true;
        case DType::bfloat16: function(BFloat16{}); return true;
        case DType::int16: function(std::int16_t{}); return true;
        case DType::int32: function(std::int32_t{}); return true;
        case DType::int64: function(std::int64_t{}); return true;
        default: return false;
    }
}

/// The type in which elements of T are computed.
template <typename T>
struct Computed {
    using Type = float;
};
template <std::integral T>
struct Computed<T> {
    using Type = std::int64_t;
};
template <>
struct Computed<double> {
    using Type = double;
};

/// ⌈(limit − start) / delta⌉, at least 0; more than any tensor has where it does not fit.
std::int64_t length(double start, double limit, double delta) {
    const double count = std::ceil((limit - start) / delta);
    constexpr double most = 0x1p62;
    return count > 0 ? static_cast<std::int64_t>(std::fmin(count, most)) : 0;
}

std::int64_t length(std::int64_t start, std::int64_t limit, std::int64_t delta) {
    if (delta > 0 ? limit <= start : limit >= start) {
        return 0;
    }
    const auto bits_of = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
    const std::uint64_t span = delta > 0 ? bits_of(limit) - bits_of(start) : bits_of(start) - bits_of(limit);
    const std::uint64_t stride = delta > 0 ? bits_of(delta) : 0 - bits_of(delta);
    const std::uint64_t last = (span - 1) / stride;
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(last < most ? last + 1 : most);
}

template <typename T>
auto number(const Tensor& tensor) {
    return static_cast<typename Computed<T>::Type>(*reinterpret_cast<const T*>(tensor.data()));
}

void infer_range(InferContext& context) {
    for (std::size_t i = 0; i < 3; ++i) {
        context.require_same_dtype(i);
        if (element_count(context.shape(i)) != 1) {
            context.invalid("input ", i, " has shape ", to_string(context.shape(i)), ", expected one element");
        }
    }
    const auto stash_type = attribute<std::int64_t>(context.node(), "stash_type", 1);
    if (stash_type != 1) {
        context.unsupported("stash_type is ", stash_type, "; 1, float32, is supported");
    }
    std::int64_t count = 0;
    const auto measure = [&]<typename T>(T) {
        const auto start = number<T>(context.elements(0));
        const auto limit = number<T>(context.elements(1));
        const auto delta = number<T>(context.elements(2));
        const bool defined = limit - limit == 0 && start - start == 0 && delta == delta && delta != 0;
        if (!defined) {
            context.invalid("a range from ", start, " to ", limit, " by ", delta, " has no length");
        }
        count = length(start, limit, delta);
    };
    if (!visit_range_type(context.dtype(0), measure)) {
        context.invalid("input 0 is ", name(context.dtype(0)), ", expected a float, int16, int32 or int64");
    }
    context.set_output(0, context.dtype(0), {count});
}

template <typename T>
T element(typename Computed<T>::Type start, typename Computed<T>::Type delta, std::int64_t i) {
    if constexpr (std::integral<T>) {
        const std::uint64_t moved = static_cast<std::uint64_t>(delta) * static_cast<std::uint64_t>(i);
        return static_cast<T>(static_cast<std::uint64_t>(start) + moved);
    } else {
        return static_cast<T>(start + static_cast<decltype(start)>(i) * delta);
    }
}

void lower_range(LowerContext& context) {
    const std::int64_t count = context.output_shape(0)[0];
    const std::int64_t slices = slices_for(count, 8);
    const Slot to = context.output(0);
    visit_range_type(context.dtype(0), [&]<typename T>(T) {
        const auto start = number<T>(*context.constant(0));
        const auto delta = number<T>(*context.constant(2));
        context.add_function("range", {}, {to}, slices, count * 8, [=](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(count, slices, slice);
            for (std::int64_t i = range.begin; i < range.end; ++i) {
                memory.at<T>(to)[i] = element<T>(start, delta, i);
            }
        });
    });
}

const Registration registration{{"", "Range", 3, 3, 1, {0, 1, 2}, infer_range, lower_range}};

}  // namespace

}  // namespace onecnn::core
