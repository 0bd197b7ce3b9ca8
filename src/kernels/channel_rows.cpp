// SPDX-License-Identifier: Apache-2.0
#include "kernels/channel_rows.h"

#include "kernels/gemm.h"

namespace onecnn::core {

const ChannelRows& channel_rows() {
#if defined(__x86_64__)
    if (const GemmIsa* isa = gemm_isa()) {
        return isa->width == 16 ? avx512_channel_rows : avx2_channel_rows;
    }
#endif
    return portable_channel_rows;
}

}  // namespace onecnn::core
