// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "graph/attributes.h"
#include "kernels/convert.h"
#include "kernels/scratch_step.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

enum Input : std::size_t { signal, weight, bias, past_state };
enum Output : std::size_t { result, present_state };

bool applies_silu(const Node& node) {
    const auto activation = attribute<std::string>(node, "activation", "none");
    if (activation != "none" && activation != "silu" && activation != "swish") {
        fail(ErrorCode::invalid_model, describe(node), ": activation is '", activation,
             "', expected none, silu or swish");
    }
    return activation != "none";
}

void infer(InferContext& context) {
    const DType dtype = context.dtype(signal);
    if (dtype != DType::float32 && dtype != DType::float16 && dtype != DType::bfloat16) {
        context.invalid("input 0 is ", name(dtype), ", expected float32, float16 or bfloat16");
    }
    static_cast<void>(applies_silu(context.node()));
    context.require_rank(signal, 3);
    context.require_rank(weight, 3);
    const Shape& shape = context.shape(signal);
    const std::int64_t kernel = context.shape(weight)[2];
    if (kernel < 1) {
        context.invalid("the weights have shape ", to_string(context.shape(weight)), ", expected a kernel");
    }
    const auto require = [&](Input input, const Shape& expected) {
        if (!context.has_input(input)) {
            return;
        }
        context.require_same_dtype(input);
        if (context.shape(input) != expected) {
            context.invalid("input ", static_cast<int>(input), " has shape ", to_string(context.shape(input)),
                            ", expected ", to_string(expected));
        }
    };
    const Shape state{shape[0], shape[1], kernel - 1};
    require(weight, {shape[1], 1, kernel});
    require(bias, {shape[1]});
    require(past_state, state);
    context.set_output(result, dtype, shape);
    context.set_output(present_state, dtype, state);
}

/// y[i] = bias + Σ weights[p] · x[i + p].
void convolve(const float* x, const float* weights, std::int64_t kernel, float bias, float* y, std::int64_t length) {
    std::fill_n(y, length, bias);
    for (std::int64_t p = 0; p < kernel; ++p) {
        for (std::int64_t i = 0; i < length; ++i) {
            y[i] += weights[p] * x[i + p];
        }
    }
}

struct Slots {
    Slot signal;
    Slot weight;
    std::optional<Slot> bias;
    std::optional<Slot> past;
    std::optional<Slot> result;
    std::optional<Slot> present;
};

/// One channel of one image after another: the past and the signal in float, then the result.
class Channels {
public:
    Channels(const LowerContext& context, const Slots& slots)
        : slots_(slots),
          silu_(applies_silu(context.node())),
          dtype_(context.dtype(signal)),
          count_(context.shape(signal)[1]),
          length_(context.shape(signal)[2]),
          kernel_(context.shape(weight)[2]) {
        padded_ = layout_.take<float>(checked_add(length_, kernel_));
        weights_ = layout_.take<float>(kernel_);
        results_ = layout_.take<float>(length_);
    }

    [[nodiscard]] std::size_t scratch_bytes() const { return layout_.bytes(); }

    void run(const Memory& memory, std::int64_t row, std::byte* scratch) const {
        auto* padded = reinterpret_cast<float*>(scratch + padded_);
        auto* weights = reinterpret_cast<float*>(scratch + weights_);
        auto* results = reinterpret_cast<float*>(scratch + results_);
        const std::int64_t state = kernel_ - 1;
        if (slots_.past) {
            load(memory[*slots_.past], row * state, state, padded);
        } else {
            std::fill_n(padded, state, 0.0F);
        }
        load(memory[slots_.signal], row * length_, length_, padded + state);
        load(memory[slots_.weight], row % count_ * kernel_, kernel_, weights);
        float bias = 0;
        if (slots_.bias) {
            load(memory[*slots_.bias], row % count_, 1, &bias);
        }
        if (slots_.present) {
            store(padded + length_, state, memory[*slots_.present], row * state);
        }
        if (slots_.result) {
            convolve(padded, weights, kernel_, bias, results, length_);
            if (silu_) {
                std::transform(results, results + length_, results, [](float x) { return x / (1 + std::exp(-x)); });
            }
            store(results, length_, memory[*slots_.result], row * length_);
        }
    }

private:
    void load(const std::byte* from, std::int64_t first, std::int64_t count, float* to) const {
        conversion(dtype_, DType::float32)(from + first * (bits(dtype_) / 8), reinterpret_cast<std::byte*>(to), count);
    }

    void store(const float* from, std::int64_t count, std::byte* to, std::int64_t first) const {
        conversion(DType::float32, dtype_)(reinterpret_cast<const std::byte*>(from), to + first * (bits(dtype_) / 8),
                                           count);
    }

    Slots slots_;
    bool silu_;
    DType dtype_;
    std::int64_t count_;
    std::int64_t length_;
    std::int64_t kernel_;
    ScratchLayout layout_;
    std::size_t padded_;
    std::size_t weights_;
    std::size_t results_;
};

void lower(LowerContext& context) {
    Slots slots{context.input(signal), context.input(weight), {}, {}, {}, {}};
    std::vector<Slot> reads{slots.signal, slots.weight};
    std::vector<Slot> writes;
    if (context.has_input(bias)) {
        reads.push_back(*(slots.bias = context.input(bias)));
    }
    if (context.has_input(past_state)) {
        reads.push_back(*(slots.past = context.input(past_state)));
    }
    if (context.has_output(result)) {
        writes.push_back(*(slots.result = context.output(result)));
    }
    if (context.has_output(present_state)) {
        writes.push_back(*(slots.present = context.output(present_state)));
    }
    const Channels channels(context, slots);
    const Shape& shape = context.shape(signal);
    const std::int64_t rows = shape[0] * shape[1];
    const std::int64_t row_work = checked_multiply(2 * context.shape(weight)[2], shape[2] + 1);
    const std::int64_t slices = slices_for(rows, row_work);
    auto step = std::make_unique<ScratchStep>("causal_conv", slices, channels.scratch_bytes(),
                                              [=](const Memory& memory, std::int64_t slice, std::byte* scratch) {
                                                  const Range range = slice_range(rows, slices, slice);
                                                  for (std::int64_t row = range.begin; row < range.end; ++row) {
                                                      channels.run(memory, row, scratch);
                                                  }
                                              });
    step->reads = std::move(reads);
    step->writes = std::move(writes);
    step->work = checked_multiply(rows, row_work);
    context.add(std::move(step));
}

const Registration causal_conv{{"", "CausalConvWithState", 2, 4, 2, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
