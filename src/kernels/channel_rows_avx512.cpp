// SPDX-License-Identifier: Apache-2.0
#include "kernels/channel_rows_kernel.h"
#include "kernels/vector_avx512.h"

namespace onecnn::core {

const ChannelRows channel_rows_avx512 = channel_rows_of<Avx512>;

}  // namespace onecnn::core
