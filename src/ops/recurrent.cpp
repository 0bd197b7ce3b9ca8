// SPDX-License-Identifier: Apache-2.0
#include "kernels/recurrent.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

enum Input : std::size_t { x, w, r, b, sequence_lens, initial_h, initial_c, p };
enum Output : std::size_t { y, y_h, y_c };

bool batch_first(const Node& node) { return attribute<std::int64_t>(node, "layout", 0) != 0; }

std::vector<std::string> default_functions(RecurrentKind kind) {
    switch (kind) {
        case RecurrentKind::rnn: return {"Tanh"};
        case RecurrentKind::gru: return {"Sigmoid", "Tanh"};
        case RecurrentKind::lstm: return {"Sigmoid", "Tanh", "Tanh"};
    }
    return {};
}

/// The passes with their functions. Alphas and betas go, in order, to the functions that take one.
std::vector<RecurrentDirection> directions_of(const Node& node, RecurrentKind kind) {
    const auto direction = attribute<std::string>(node, "direction", "forward");
    std::vector<RecurrentDirection> directions;
    if (direction == "forward" || direction == "bidirectional") {
        directions.push_back({false, {}});
    }
    if (direction == "reverse" || direction == "bidirectional") {
        directions.push_back({true, {}});
    }
    if (directions.empty()) {
        fail(ErrorCode::invalid_model, describe(node), ": direction is '", direction,
             "', expected forward, reverse or bidirectional");
    }
    const auto defaults = default_functions(kind);
    const auto names = find_attribute<std::vector<std::string>>(node, "activations");
    if (names && names->size() != defaults.size() * directions.size()) {
        fail(ErrorCode::invalid_model, describe(node), ": there are ", names->size(), " activations, expected ",
             defaults.size() * directions.size());
    }
    const auto alphas = attribute<std::vector<float>>(node, "activation_alpha", {});
    const auto betas = attribute<std::vector<float>>(node, "activation_beta", {});
    auto alpha = alphas.begin();
    auto beta = betas.begin();
    for (std::size_t i = 0; i < defaults.size() * directions.size(); ++i) {
        const std::string& name = names ? (*names)[i] : defaults[i % defaults.size()];
        auto function = find_gate_function(name);
        if (!function) {
            fail(ErrorCode::invalid_model, describe(node), ": there is no activation '", name, "'");
        }
        if (function->takes_alpha && alpha != alphas.end()) {
            function->alpha = static_cast<double>(*alpha++);
        }
        if (function->takes_beta && beta != betas.end()) {
            function->beta = static_cast<double>(*beta++);
        }
        directions[i / defaults.size()].functions[i % defaults.size()] = *function;
    }
    return directions;
}

/// The sizes in X, W and R.
struct Sizes {
    std::int64_t steps;
    std::int64_t batch;
    std::int64_t input;
    std::int64_t hidden;
};

Sizes sizes_of(const Node& node, const Shape& inputs, const Shape& recurrence) {
    const bool first = batch_first(node);
    return {inputs[first ? 1 : 0], inputs[first ? 0 : 1], inputs[2], recurrence[2]};
}

Shape state_shape(const Node& node, const Sizes& sizes, std::int64_t directions) {
    return batch_first(node) ? Shape{sizes.batch, directions, sizes.hidden}
                             : Shape{directions, sizes.batch, sizes.hidden};
}

template <RecurrentKind kind>
void infer(InferContext& context) {
    const Node& node = context.node();
    const DType dtype = context.dtype(x);
    if (dtype != DType::float32 && dtype != DType::float64 && dtype != DType::float16 && dtype != DType::bfloat16) {
        context.invalid("X is ", name(dtype), ", expected a float");
    }
    context.require_rank(x, 3);
    context.require_rank(r, 3);
    const auto directions = static_cast<std::int64_t>(directions_of(node, kind).size());
    const Sizes sizes = sizes_of(node, context.shape(x), context.shape(r));
    if (attribute<std::int64_t>(node, "hidden_size", sizes.hidden) != sizes.hidden) {
        context.invalid("hidden_size is ", attribute<std::int64_t>(node, "hidden_size", 0), " and R has shape ",
                        to_string(context.shape(r)));
    }
    if (const auto clip = find_attribute<float>(node, "clip"); clip && !(*clip >= 0)) {
        context.invalid("clip is ", *clip, ", expected 0 or more");
    }
    const auto require = [&](Input input, DType expected_dtype, const Shape& expected) {
        if (context.has_input(input) && (context.dtype(input) != expected_dtype || context.shape(input) != expected)) {
            context.invalid("input ", static_cast<int>(input), " is ", name(context.dtype(input)),
                            to_string(context.shape(input)), ", expected ", name(expected_dtype), to_string(expected));
        }
    };
    const std::int64_t columns = checked_multiply(gate_count(kind), sizes.hidden);
    const Shape state = state_shape(node, sizes, directions);
    static_cast<void>(context.dtype(w));
    require(w, dtype, {directions, columns, sizes.input});
    require(r, dtype, {directions, columns, sizes.hidden});
    require(b, dtype, {directions, checked_multiply(2, columns)});
    require(sequence_lens, DType::int32, {sizes.batch});
    require(initial_h, dtype, state);
    if (kind == RecurrentKind::lstm) {
        require(initial_c, dtype, state);
        require(p, dtype, {directions, checked_multiply(3, sizes.hidden)});
        context.set_output(y_c, dtype, state);
    }
    context.set_output(y, dtype,
                       batch_first(node) ? Shape{sizes.batch, sizes.steps, directions, sizes.hidden}
                                         : Shape{sizes.steps, directions, sizes.batch, sizes.hidden});
    context.set_output(y_h, dtype, state);
}

Recurrent recurrent_of(const LowerContext& context, RecurrentKind kind) {
    const Node& node = context.node();
    const Sizes sizes = sizes_of(node, context.shape(x), context.shape(r));
    const auto directions = directions_of(node, kind);
    const auto passes = static_cast<std::int64_t>(directions.size());
    const std::int64_t hidden = sizes.hidden;
    const bool first = batch_first(node);
    Recurrent recurrent{.kind = kind,
                        .dtype = context.dtype(x),
                        .steps = sizes.steps,
                        .batch = sizes.batch,
                        .input_size = sizes.input,
                        .hidden_size = hidden,
                        .directions = directions,
                        .clip = std::nullopt,
                        .linear_before_reset =
                            kind == RecurrentKind::gru && attribute<std::int64_t>(node, "linear_before_reset", 0) != 0,
                        .input_forget = attribute<std::int64_t>(node, "input_forget", 0) != 0,
                        .x = first ? RecurrentStrides{sizes.input, 0, sizes.steps * sizes.input}
                                   : RecurrentStrides{sizes.batch * sizes.input, 0, sizes.input},
                        .y = first ? RecurrentStrides{passes * hidden, hidden, sizes.steps * passes * hidden}
                                   : RecurrentStrides{passes * sizes.batch * hidden, sizes.batch * hidden, hidden},
                        .state = first ? RecurrentStrides{0, hidden, passes * hidden}
                                       : RecurrentStrides{0, sizes.batch * hidden, hidden},
                        .row_by_row = context.deterministic(),
                        .node = describe(node)};
    if (const auto clip = find_attribute<float>(node, "clip")) {
        recurrent.clip = static_cast<double>(*clip);
    }
    return recurrent;
}

template <RecurrentKind kind>
void lower(LowerContext& context) {
    const auto input = [&](Input index) {
        return context.has_input(index) ? std::optional(context.input(index)) : std::nullopt;
    };
    const auto output = [&](Output index) {
        return context.has_output(index) ? std::optional(context.output(index)) : std::nullopt;
    };
    context.add(make_recurrent_step(recurrent_of(context, kind), {.x = context.input(x),
                                                                  .w = context.input(w),
                                                                  .r = context.input(r),
                                                                  .b = input(b),
                                                                  .lengths = input(sequence_lens),
                                                                  .initial_h = input(initial_h),
                                                                  .initial_c = input(initial_c),
                                                                  .p = input(p),
                                                                  .y = output(y),
                                                                  .last_h = output(y_h),
                                                                  .last_c = output(y_c)}));
}

using enum RecurrentKind;

const Registration rnn_registration{{"", "RNN", 3, 6, 2, {}, infer<rnn>, lower<rnn>}};
const Registration gru_registration{{"", "GRU", 3, 6, 2, {}, infer<gru>, lower<gru>}};
const Registration lstm_registration{{"", "LSTM", 3, 8, 3, {}, infer<lstm>, lower<lstm>}};

}  // namespace

}  // namespace onecnn::core
