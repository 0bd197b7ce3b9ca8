// SPDX-License-Identifier: Apache-2.0
#include "kernels/disjoint_transposed_convolution.h"

#include <vector>

#include "kernels/epilogue.h"

namespace onecnn::core {

namespace {

/// What a row of the input makes: as many rows as the kernel has.
void run_row(const FloatIsa& isa, const DisjointTransposedConvolution& c, const Epilogue& epilogue,
             const Memory& memory, std::int64_t row) {
    const std::int64_t panels = packed_size(isa, c.channels, c.width());
    const std::int64_t line = c.columns * c.width();
    Gemm gemm{.m = c.columns,
              .n = c.width(),
              .k = c.channels,
              .a = at<const float>(memory, c.src) + row * c.columns * c.src.pixel_stride,
              .a_row = c.src.pixel_stride,
              .b = memory.at<const float>(c.weights),
              .c = memory.at<float>(c.dst) + row * c.kernel_rows * line,
              .c_row = c.width(),
              .bias = c.bias ? memory.at<const float>(*c.bias) : nullptr,
              .low = epilogue.low(),
              .high = epilogue.high()};
    for (std::int64_t i = 0; i < c.kernel_rows; ++i) {
        multiply(isa, gemm);
        epilogue.apply(gemm.c, line, 1, line);
        gemm.b += panels;
        gemm.c += line;
    }
}

}  // namespace

void pack_disjoint_weights(const FloatIsa& isa, const DisjointTransposedConvolution& c, const float* weights,
                           float* to) {
    std::vector<float> row(static_cast<std::size_t>(c.channels * c.width()));
    std::vector<std::int64_t> offsets;
    for (std::int64_t channel = 0; channel < c.channels; ++channel) {
        offsets.push_back(channel * c.width());
    }
    for (std::int64_t i = 0; i < c.kernel_rows; ++i) {
        auto element = row.begin();
        for (std::int64_t channel = 0; channel < c.channels; ++channel) {
            for (std::int64_t j = 0; j < c.kernel_columns; ++j) {
                for (std::int64_t filter = 0; filter < c.filters; ++filter) {
                    *element++ = weights[((channel * c.filters + filter) * c.kernel_rows + i) * c.kernel_columns + j];
                }
            }
        }
        pack_panels(isa, offsets, c.width(), row.data(), 1, to);
        to += packed_size(isa, c.channels, c.width());
    }
}

std::unique_ptr<Step> make_disjoint_transposed_convolution_step(const FloatIsa& isa,
                                                                const DisjointTransposedConvolution& convolution) {
    const std::int64_t rows = convolution.images * convolution.rows;
    const std::int64_t row_work =
        2 * convolution.columns * convolution.channels * convolution.width() * convolution.kernel_rows;
    const std::int64_t slices =
        slices_for(rows, row_work / 16);  // a core does sixteen in the time of one as slices_for has it
    auto step = std::make_unique<FunctionStep>(
        "gemm", slices,
        [=, &isa, epilogue = Epilogue(convolution.activation)](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(rows, slices, slice);
            for (std::int64_t row = range.begin; row < range.end; ++row) {
                run_row(isa, convolution, epilogue, memory, row);
            }
        });
    step->reads = {convolution.src.slot, convolution.weights};
    if (convolution.bias) {
        step->reads.push_back(*convolution.bias);
    }
    step->writes = {convolution.dst};
    step->work = rows * row_work;
    return step;
}

}  // namespace onecnn::core
