// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/convert.h"
#include "kernels/scratch_step.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    const DType dtype = context.dtype(0);
    if (dtype != DType::float32 && dtype != DType::float64 && dtype != DType::float16 && dtype != DType::bfloat16) {
        context.invalid("input 0 is ", name(dtype), ", expected a float");
    }
    const Shape& x = context.shape(0);
    if (x.size() < 2 || x[x.size() - 1] != x[x.size() - 2]) {
        context.invalid("input 0 has shape ", to_string(x), ", expected square matrices");
    }
    context.set_output(0, dtype, {x.begin(), x.end() - 2});
}

/// Gaussian elimination with partial pivoting, in place.
double determinant(double* matrix, std::int64_t size) {
    double product = 1;
    for (std::int64_t column = 0; column < size; ++column) {
        std::int64_t pivot = column;
        for (std::int64_t row = column + 1; row < size; ++row) {
            if (std::abs(matrix[row * size + column]) > std::abs(matrix[pivot * size + column])) {
                pivot = row;
            }
        }
        double* top = matrix + column * size;
        if (pivot != column) {
            std::swap_ranges(top, top + size, matrix + pivot * size);
            product = -product;
        }
        product *= top[column];
        if (top[column] == 0) {
            return product;
        }
        for (std::int64_t row = column + 1; row < size; ++row) {
            double* below = matrix + row * size;
            const double factor = below[column] / top[column];
            for (std::int64_t i = column + 1; i < size; ++i) {
                below[i] -= factor * top[i];
            }
        }
    }
    return product;
}

void lower(LowerContext& context) {
    const DType dtype = context.dtype(0);
    const std::int64_t size = context.shape(0).back();
    const std::int64_t elements = size * size;
    const std::int64_t count = element_count(context.output_shape(0));
    const std::int64_t work = checked_multiply(elements, size + 1);
    const std::int64_t slices = slices_for(count, work);
    const Slot from = context.input(0);
    const Slot to = context.output(0);
    ScratchLayout layout;
    static_cast<void>(layout.take<double>(elements));
    auto step = std::make_unique<ScratchStep>(
        "determinant", slices, layout.bytes(), [=](const Memory& memory, std::int64_t slice, std::byte* scratch) {
            const std::int64_t bytes = bits(dtype) / 8;
            const Range range = slice_range(count, slices, slice);
            for (std::int64_t i = range.begin; i < range.end; ++i) {
                conversion(dtype, DType::float64)(memory[from] + i * elements * bytes, scratch, elements);
                const double result = determinant(reinterpret_cast<double*>(scratch), size);
                conversion(DType::float64, dtype)(reinterpret_cast<const std::byte*>(&result), memory[to] + i * bytes,
                                                  1);
            }
        });
    step->reads = {from};
    step->writes = {to};
    step->work = checked_multiply(count, work);
    context.add(std::move(step));
}

const Registration det{{"", "Det", 1, 1, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
