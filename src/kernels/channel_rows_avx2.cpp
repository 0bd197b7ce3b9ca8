// SPDX-License-Identifier: Apache-2.0
#include "kernels/channel_rows_kernel.h"
#include "kernels/vector_avx2.h"

namespace onecnn::core {

const ChannelRows channel_rows_avx2 = channel_rows_of<Avx2>;

}  // namespace onecnn::core
