// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "graph/attributes.h"
#include "kernels/convert.h"
#include "kernels/scratch_step.h"
#include "kernels/visit_dtype.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

enum Input : std::size_t { num_mel_bins, dft_length, sample_rate, lower_edge_hertz, upper_edge_hertz };

std::int64_t positive(const InferContext& context, Input input) {
    const auto values = context.integers(input);
    if (values.size() != 1 || values[0] < 1) {
        context.invalid("input ", static_cast<int>(input), " is ", to_string(values),
                        ", expected one number that is 1 or more");
    }
    return values[0];
}

void infer(InferContext& context) {
    const std::int64_t bands = positive(context, num_mel_bins);
    const std::int64_t length = positive(context, dft_length);
    static_cast<void>(positive(context, sample_rate));
    for (const Input edge : {lower_edge_hertz, upper_edge_hertz}) {
        const DType dtype = context.dtype(edge);
        const bool is_float =
            dtype == DType::float32 || dtype == DType::float64 || dtype == DType::float16 || dtype == DType::bfloat16;
        if (!is_float || element_count(context.shape(edge)) != 1) {
            context.invalid("input ", static_cast<int>(edge), " is ", name(dtype), to_string(context.shape(edge)),
                            ", expected one float");
        }
    }
    const auto dtype = static_cast<DType>(attribute<std::int64_t>(context.node(), "output_datatype", 1));
    if (!visit_numeric(dtype, [](auto) {})) {
        context.invalid("output_datatype is ", static_cast<std::int64_t>(dtype), ", expected a number's type");
    }
    context.set_output(0, dtype, {length / 2 + 1, bands});
}

/// The triangles of one matrix [bins, bands].
struct Mel {
    std::int64_t bins;
    std::int64_t bands;
    double length;
    double rate;
    std::string node;

    /// The spectrum's bins at which band `band` begins, peaks and ends are those of band, band + 1 and band + 2.
    [[nodiscard]] std::int64_t bin(std::int64_t band, double low, double high) const {
        const auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
        const double step = (mel(high) - mel(low)) / static_cast<double>(bands + 2);
        const double hertz = 700 * (std::pow(10, (static_cast<double>(band) * step + mel(low)) / 2595) - 1);
        const double found = std::floor((length + 1) * hertz / rate);
        if (!(found >= 0 && found < static_cast<double>(bins))) {
            fail(ErrorCode::invalid_argument, node, ": edges of ", low, " and ", high, " hertz are outside [0, ",
                 rate / 2, "]");
        }
        return static_cast<std::int64_t>(found);
    }

    /// Adds band `band` to a matrix of zeros.
    void draw(std::int64_t band, double low, double high, double* matrix) const {
        const std::int64_t begin = bin(band, low, high);
        const std::int64_t peak = bin(band + 1, low, high);
        const std::int64_t end = bin(band + 2, low, high);
        const auto weight = [&](std::int64_t i) -> double& { return matrix[i * bands + band]; };
        weight(peak) = 1;
        for (std::int64_t i = begin; i < peak; ++i) {
            weight(i) = static_cast<double>(i - begin) / static_cast<double>(peak - begin);
        }
        for (std::int64_t i = peak; i < end; ++i) {
            weight(i) = static_cast<double>(end - i) / static_cast<double>(end - peak);
        }
    }
};

double number(const LowerContext& context, Input input) {
    const Tensor& constant = *context.constant(input);
    return static_cast<double>(constant.dtype() == DType::int64 ? constant.as<std::int64_t>()[0]
                                                                : constant.as<std::int32_t>()[0]);
}

void lower(LowerContext& context) {
    const DType dtype = context.output_dtype(0);
    const Shape& shape = context.output_shape(0);
    const Mel mel{shape[0], shape[1], number(context, dft_length), number(context, sample_rate),
                  describe(context.node())};
    const std::int64_t elements = element_count(shape);
    const Slot low = context.input(lower_edge_hertz);
    const Slot high = context.input(upper_edge_hertz);
    const Slot to = context.output(0);
    const auto edge = [types = std::pair(context.dtype(lower_edge_hertz), context.dtype(upper_edge_hertz)), low, high](
                          const Memory& memory, bool upper) {
        double value = 0;
        conversion(upper ? types.second : types.first, DType::float64)(memory[upper ? high : low],
                                                                       reinterpret_cast<std::byte*>(&value), 1);
        return value;
    };
    ScratchLayout layout;
    static_cast<void>(layout.take<double>(elements));
    auto step = std::make_unique<ScratchStep>("mel_weights", 1, layout.bytes(),
                                              [=](const Memory& memory, std::int64_t, std::byte* scratch) {
                                                  auto* matrix = reinterpret_cast<double*>(scratch);
                                                  std::fill_n(matrix, elements, 0.0);
                                                  for (std::int64_t band = 0; band < mel.bands; ++band) {
                                                      mel.draw(band, edge(memory, false), edge(memory, true), matrix);
                                                  }
                                                  conversion(DType::float64, dtype)(scratch, memory[to], elements);
                                              });
    step->reads = {low, high};
    step->writes = {to};
    step->work = elements;
    context.add(std::move(step));
}

const Registration mel_weight_matrix{{"", "MelWeightMatrix", 5, 5, 1, {0, 1, 2}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
