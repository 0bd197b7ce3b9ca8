// SPDX-License-Identifier: Apache-2.0
#include "kernels/channel_rows.h"

#include "kernels/float_isa.h"

namespace onecnn::core {

const ChannelRows& channel_rows() {
    const FloatIsa* const isa = float_isa();
    return isa == nullptr ? channel_rows_portable : *isa->channel_rows;
}

}  // namespace onecnn::core
