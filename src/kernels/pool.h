// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// How a window moves over one spatial dimension. Sizes are ≥ 0; kernel, stride and dilation lie in [1, 2³¹).
struct PoolDimension {
    std::int64_t input;
    std::int64_t output;
    std::int64_t kernel;
    std::int64_t stride;
    std::int64_t dilation;
    std::int64_t pad_begin;
    std::int64_t pad_end;
};

/// Pooling of any number of spatial dimensions, up to max_rank, over dense planes in row-major order.
struct PoolShape {
    std::int64_t planes;  ///< batch · channels
    std::vector<PoolDimension> dimensions;
};

/// In which order MaxPool's indices count a plane's elements.
enum class IndexOrder { row_major, column_major };

/// Whether these steps take elements of a dtype.
[[nodiscard]] bool max_pool_takes(DType dtype);
[[nodiscard]] bool average_pool_takes(DType dtype);

/// The largest element of each window, the first of equals; the dtype's lowest value where a window sees only padding.
/// `indices` (int64) gets its place in the whole input, −1 where there is none. Either result may be left out.
[[nodiscard]] std::unique_ptr<Step> make_max_pool_step(DType dtype, const PoolShape& shape, Slot src,
                                                       std::optional<Slot> dst, std::optional<Slot> indices,
                                                       IndexOrder order);

/// The mean of each window's elements; with `include_padding` the zeros of the padding count.
[[nodiscard]] std::unique_ptr<Step> make_average_pool_step(DType dtype, const PoolShape& shape, bool include_padding,
                                                           Slot src, Slot dst);

/// (Σ |x|ᵖ)^(1/p) of each window's elements, for p ≥ 1; the dtypes are those of average_pool_takes.
[[nodiscard]] std::unique_ptr<Step> make_lp_pool_step(DType dtype, const PoolShape& shape, std::int64_t p, Slot src,
                                                      Slot dst);

}  // namespace onecnn::core
