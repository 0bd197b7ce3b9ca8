// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>
#include <vector>

#include "graph/attributes.h"
#include "kernels/convert.h"
#include "kernels/visit_dtype.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    const auto size = context.integers(0);
    if (size.size() != 1 || size[0] < 0) {
        context.invalid("the size is ", to_string(size), ", expected one number that is 0 or more");
    }
    const auto dtype = static_cast<DType>(attribute<std::int64_t>(context.node(), "output_datatype", 1));
    if (!visit_numeric(dtype, [](auto) {})) {
        context.invalid("output_datatype is ", static_cast<std::int64_t>(dtype), ", expected a number's type");
    }
    context.set_output(0, dtype, {size[0]});
}

/// What a window multiplies the sample at an angle with, the whole window being a turn of 2π.
using Weight = double (*)(double angle);

double hann(double angle) { return 0.5 - 0.5 * std::cos(angle); }

double hamming(double angle) {
    constexpr double offset = 25.0 / 46.0;
    return offset - (1 - offset) * std::cos(angle);
}

double blackman(double angle) { return 0.42 - 0.5 * std::cos(angle) + 0.08 * std::cos(2 * angle); }

template <Weight weight>
void lower(LowerContext& context) {
    const DType dtype = context.output_dtype(0);
    const std::int64_t size = context.output_shape(0)[0];
    const bool periodic = attribute<std::int64_t>(context.node(), "periodic", 1) != 0;
    const std::int64_t turn = periodic ? size : size - 1;
    constexpr std::int64_t work = 32;
    const std::int64_t slices = slices_for(size, work);
    const Slot to = context.output(0);
    context.add_function("window", {}, {to}, slices, size * work, [=](const Memory& memory, std::int64_t slice) {
        const Convert convert = conversion(DType::float64, dtype);
        const Range range = slice_range(size, slices, slice);
        for (std::int64_t i = range.begin; i < range.end; ++i) {
            // A symmetric window of one sample is all middle.
            const double part = turn == 0 ? 0.5 : static_cast<double>(i) / static_cast<double>(turn);
            const double value = weight(2 * std::numbers::pi * part);
            convert(reinterpret_cast<const std::byte*>(&value), memory[to] + i * (bits(dtype) / 8), 1);
        }
    });
}

const Registration hann_window{{"", "HannWindow", 1, 1, 1, {0}, infer, lower<hann>}};
const Registration hamming_window{{"", "HammingWindow", 1, 1, 1, {0}, infer, lower<hamming>}};
const Registration blackman_window{{"", "BlackmanWindow", 1, 1, 1, {0}, infer, lower<blackman>}};

}  // namespace

}  // namespace onecnn::core
