// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// Included by files that are compiled for one instruction set each: nothing here may have code that a linker could share.

namespace onecnn::core {

/// y = f(y) for `count` elements; alpha is Swish's and LeakyRelu's.
using ActivationFunction = void (*)(float* y, std::int64_t count, float alpha);

/// Activations that are more than bounds, to within 3 units in the last place (gelu: 8), with their limits and NaN.
struct Activations {
    ActivationFunction leaky_relu;
    ActivationFunction sigmoid;
    ActivationFunction swish;
    ActivationFunction hard_swish;
    ActivationFunction gelu;
};

// Each from a file compiled for its instruction set.
extern const Activations activations_avx2;
extern const Activations activations_avx512;

}  // namespace onecnn::core
