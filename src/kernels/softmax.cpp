// SPDX-License-Identifier: Apache-2.0
#include "kernels/softmax.h"

#include <algorithm>
#include <cmath>
#include <concepts>

#include "kernels/float16.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

/// Exponentials are summed and divided as T, which Stored becomes; a Stored of lower precision is not rounded in between.
template <typename T, typename Stored>
void normalise(SoftmaxKind kind, std::int64_t size, std::int64_t stride, const Stored* src, Stored* dst) {
    T largest = static_cast<T>(src[0]);
    for (std::int64_t i = 1; i < size; ++i) {
        largest = std::max(largest, static_cast<T>(src[i * stride]));
    }
    const auto power = [&](std::int64_t i) { return std::exp(static_cast<T>(src[i * stride]) - largest); };
    constexpr bool keeps_powers = std::same_as<T, Stored>;
    T sum = 0;
    for (std::int64_t i = 0; i < size; ++i) {
        const T value = power(i);
        sum += value;
        if constexpr (keeps_powers) {
            dst[i * stride] = value;
        }
    }
    if (kind == SoftmaxKind::softmax) {
        for (std::int64_t i = 0; i < size; ++i) {
            dst[i * stride] = static_cast<Stored>((keeps_powers ? static_cast<T>(dst[i * stride]) : power(i)) / sum);
        }
    } else {
        const T log_sum = std::log(sum);
        for (std::int64_t i = 0; i < size; ++i) {
            dst[i * stride] = static_cast<Stored>(static_cast<T>(src[i * stride]) - largest - log_sum);
        }
    }
}

template <typename T, typename Stored>
void mark_largest(std::int64_t size, std::int64_t stride, const Stored* src, Stored* dst) {
    std::int64_t first = 0;
    for (std::int64_t i = 0; i < size; ++i) {
        if (static_cast<T>(src[i * stride]) > static_cast<T>(src[first * stride])) {
            first = i;
        }
        dst[i * stride] = static_cast<Stored>(T{0});
    }
    dst[first * stride] = static_cast<Stored>(T{1});
}

template <typename T, typename Stored>
std::unique_ptr<FunctionStep> step_of(SoftmaxKind kind, const SoftmaxShape& shape, Slot src, Slot dst) {
    constexpr std::int64_t work_per_element = 16;
    const std::int64_t rows = checked_multiply(shape.outer, shape.inner);
    const std::int64_t row_work = checked_multiply(shape.size, work_per_element);
    const std::int64_t slices = slices_for(rows, row_work);
    auto step = std::make_unique<FunctionStep>("softmax", slices, [=](const Memory& memory, std::int64_t slice) {
        const Range range = slice_range(rows, slices, slice);
        for (std::int64_t row = range.begin; row < range.end; ++row) {
            const std::int64_t begin = row / shape.inner * shape.size * shape.inner + row % shape.inner;
            const Stored* from = memory.at<const Stored>(src) + begin;
            Stored* to = memory.at<Stored>(dst) + begin;
            if (kind == SoftmaxKind::hardmax) {
                mark_largest<T>(shape.size, shape.inner, from, to);
            } else {
                normalise<T>(kind, shape.size, shape.inner, from, to);
            }
        }
    });
    step->work = checked_multiply(rows, row_work);
    return step;
}

std::unique_ptr<FunctionStep> step_of(DType dtype, SoftmaxKind kind, const SoftmaxShape& shape, Slot src, Slot dst) {
    switch (dtype) {
        case DType::float64: return step_of<double, double>(kind, shape, src, dst);
        case DType::float16: return step_of<float, Float16>(kind, shape, src, dst);
        case DType::bfloat16: return step_of<float, BFloat16>(kind, shape, src, dst);
        default: return step_of<float, float>(kind, shape, src, dst);
    }
}

}  // namespace

std::unique_ptr<Step> make_softmax_step(DType dtype, SoftmaxKind kind, const SoftmaxShape& shape, Slot src, Slot dst) {
    auto step = step_of(dtype, kind, shape, src, dst);
    step->reads = {src};
    step->writes = {dst};
    return step;
}

}  // namespace onecnn::core
