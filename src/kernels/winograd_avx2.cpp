// SPDX-License-Identifier: Apache-2.0
#include "kernels/vector_avx2.h"
#include "kernels/winograd_transform_kernel.h"

namespace onecnn::core {

const WinogradTransforms winograd_avx2[2] = {winograd_transforms<Avx2, Winograd2>,
                                             winograd_transforms<Avx2, Winograd4>};

}  // namespace onecnn::core
