// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "graph/graph.h"
#include "kernels/onednn.h"

namespace onecnn::core {

/// An elementwise function as oneDNN names it.
struct Eltwise {
    dnnl::algorithm algorithm;
    float alpha = 0;
    float beta = 0;
};

/// What oneDNN calls an activation.
[[nodiscard]] Eltwise as_eltwise(const Activation& activation);

/// primitive_attributes() with a fused activation, if there is one, after the primitive's own result.
[[nodiscard]] dnnl::primitive_attr attributes_with(const std::optional<Activation>& activation);

/// An activation of one element, for kernels that have no oneDNN post-op.
[[nodiscard]] double apply(const Activation& activation, double x);

}  // namespace onecnn::core
