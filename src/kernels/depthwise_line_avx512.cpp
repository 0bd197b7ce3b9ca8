// SPDX-License-Identifier: Apache-2.0
#include "kernels/depthwise_line_kernel.h"
#include "kernels/vector_avx512.h"

namespace onecnn::core {

void depthwise_line_avx512(const DepthwiseLine& line) { DepthwiseLineKernel<Avx512>::run(line); }

}  // namespace onecnn::core
