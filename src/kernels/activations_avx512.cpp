// SPDX-License-Identifier: Apache-2.0
#include "kernels/activations_kernel.h"
#include "kernels/vector_avx512.h"

namespace onecnn::core {

const Activations activations_avx512 = activations_of<Avx512>;

}  // namespace onecnn::core
