// SPDX-License-Identifier: Apache-2.0
#include "kernels/depthwise_line_kernel.h"
#include "kernels/vector_avx2.h"

namespace onecnn::core {

void depthwise_line_avx2(const DepthwiseLine& line) { DepthwiseLineKernel<Avx2>::run(line); }

}  // namespace onecnn::core
