// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "graph/graph.h"
#include "kernels/svm_kernel.h"

namespace onecnn::core {

/// The attributes kernel_type and kernel_params; InvalidModel when they are no kernel.
[[nodiscard]] SvmFunction svm_function(const Node& node);

/// The attribute support_vectors as `count` vectors; InvalidModel when it does not divide into as many.
[[nodiscard]] SvmKernel svm_kernel(const Node& node, const SvmFunction& function, std::int64_t count);

}  // namespace onecnn::core
