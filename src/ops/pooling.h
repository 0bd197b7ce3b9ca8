// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/pool.h"
#include "ops/lower_context.h"
#include "ops/window.h"

namespace onecnn::core {

enum class Reduction { max, average, average_with_padding, lp };

/// A reduction over windows, which the pooling operators share.
struct Pooling {
    Reduction reduction;
    Shape src;  ///< batch, channels, spatial dimensions
    Shape dst;
    Window window;
    IndexOrder index_order = IndexOrder::row_major;  ///< of MaxPool's second output
    std::int64_t p = 2;                              ///< of Reduction::lp
};

/// Lowers a node that pools input 0 into output 0, with its indices in output 1 where it has one. `src` and `dst` have as
/// many elements as these and join or split no dimension but spatial ones.
void lower_pooling(LowerContext& context, const Pooling& pooling);

}  // namespace onecnn::core
