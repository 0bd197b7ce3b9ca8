// SPDX-License-Identifier: Apache-2.0
#include "kernels/vector_avx512.h"
#include "kernels/winograd_transform_kernel.h"

namespace onecnn::core {

const WinogradTransforms winograd_avx512[2] = {winograd_transforms<Avx512, Winograd2>,
                                               winograd_transforms<Avx512, Winograd4>};

}  // namespace onecnn::core
