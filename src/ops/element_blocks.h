// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/element_codec.h"
#include "ops/lower_context.h"

namespace onecnn::core {

/// Adds `function(memory, elements)` over `count` elements, a block of at most codec_block of them at a time.
template <typename Function>
void add_block_function(LowerContext& context, std::string_view implementation, std::vector<Slot> reads, Slot write,
                        std::int64_t count, std::int64_t element_work, Function function) {
    const std::int64_t blocks = count / codec_block + (count % codec_block == 0 ? 0 : 1);
    const std::int64_t work = codec_block * element_work;
    const std::int64_t slices = slices_for(blocks, work);
    context.add_function(implementation, std::move(reads), {write}, slices, blocks * work,
                         [=, function = std::move(function)](const Memory& memory, std::int64_t slice) {
                             const Range range = slice_range(blocks, slices, slice);
                             for (std::int64_t block = range.begin; block < range.end; ++block) {
                                 const std::int64_t begin = block * codec_block;
                                 function(memory, Range{begin, std::min(count, begin + codec_block)});
                             }
                         });
}

}  // namespace onecnn::core
