// SPDX-License-Identifier: Apache-2.0
#include "kernels/channel_rows_kernel.h"
#include "kernels/vector_avx2.h"

namespace onecnn::core {

const ChannelRows avx2_channel_rows = channel_rows_of<Avx2>;

}  // namespace onecnn::core
