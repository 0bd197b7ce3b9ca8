// SPDX-License-Identifier: Apache-2.0
#include "kernels/activations_kernel.h"
#include "kernels/vector_avx2.h"

namespace onecnn::core {

const Activations activations_avx2 = activations_of<Avx2>;

}  // namespace onecnn::core
