// SPDX-License-Identifier: Apache-2.0
#include "kernels/softmax.h"

#include <algorithm>
#include <cmath>

#include "runtime/shape.h"

namespace onecnn::core {

namespace {

template <typename T>
void normalise(SoftmaxKind kind, std::int64_t size, std::int64_t stride, const T* src, T* dst) {
    T largest = src[0];
    for (std::int64_t i = 1; i < size; ++i) {
        largest = std::max(largest, src[i * stride]);
    }
    T sum = 0;
    for (std::int64_t i = 0; i < size; ++i) {
        const T power = std::exp(src[i * stride] - largest);
        dst[i * stride] = power;
        sum += power;
    }
    if (kind == SoftmaxKind::softmax) {
        for (std::int64_t i = 0; i < size; ++i) {
            dst[i * stride] /= sum;
        }
    } else {
        const T log_sum = std::log(sum);
        for (std::int64_t i = 0; i < size; ++i) {
            dst[i * stride] = src[i * stride] - largest - log_sum;
        }
    }
}

template <typename T>
std::unique_ptr<FunctionStep> step_of(SoftmaxKind kind, const SoftmaxShape& shape, Slot src, Slot dst) {
    constexpr std::int64_t work_per_element = 16;
    const std::int64_t rows = checked_multiply(shape.outer, shape.inner);
    const std::int64_t row_work = checked_multiply(shape.size, work_per_element);
    const std::int64_t slices = slices_for(rows, row_work);
    auto step = std::make_unique<FunctionStep>("softmax", slices, [=](const Memory& memory, std::int64_t slice) {
        const Range range = slice_range(rows, slices, slice);
        for (std::int64_t row = range.begin; row < range.end; ++row) {
            const std::int64_t begin = row / shape.inner * shape.size * shape.inner + row % shape.inner;
            normalise(kind, shape.size, shape.inner, memory.at<const T>(src) + begin, memory.at<T>(dst) + begin);
        }
    });
    step->work = checked_multiply(rows, row_work);
    return step;
}

}  // namespace

std::unique_ptr<Step> make_softmax_step(DType dtype, SoftmaxKind kind, const SoftmaxShape& shape, Slot src, Slot dst) {
    auto step =
        dtype == DType::float64 ? step_of<double>(kind, shape, src, dst) : step_of<float>(kind, shape, src, dst);
    step->reads = {src};
    step->writes = {dst};
    return step;
}

}  // namespace onecnn::core
