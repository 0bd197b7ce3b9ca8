// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace onecnn::core {

/// An activation of RNN, GRU and LSTM: https://onnx.ai/onnx/operators/onnx__RNN.html.
struct GateFunction {
    enum class Kind {
        relu,
        tanh,
        sigmoid,
        affine,
        leaky_relu,
        thresholded_relu,
        scaled_tanh,
        hard_sigmoid,
        elu,
        softsign,
        softplus,
    };

    Kind kind;
    bool takes_alpha = false;
    bool takes_beta = false;
    double alpha = 0;
    double beta = 0;
};

/// The function of that name with its default alpha and beta.
[[nodiscard]] std::optional<GateFunction> find_gate_function(std::string_view name);

/// Applies it to `count` numbers in place. T: float, double.
template <typename T>
void apply(const GateFunction& function, T* x, std::int64_t count);

}  // namespace onecnn::core
