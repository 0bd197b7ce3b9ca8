// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "kernels/int8_tile.h"
#include "ops/lower_context.h"

namespace onecnn::core {

/// How a tensor of bytes is quantised: a byte stands for scale · (byte − zero). Those of int8 are seen as uint8, 128
/// more.
struct ByteQuantization {
    float scale;
    std::int32_t zero;
    std::uint8_t flip;  ///< what turns a stored byte into that of uint8: 0x80 for int8
};

/// That of a tensor of int8 or uint8 whose scale and zero point are inputs; nothing where they are not constants of one
/// element each.
[[nodiscard]] std::optional<ByteQuantization> byte_quantization(const LowerContext& context, std::size_t scale,
                                                                std::size_t zero, DType dtype);

/// How results of quantisation `y` are stored, after an activation that as_bounds takes.
[[nodiscard]] Requantization stored_as(const ByteQuantization& y, const std::optional<Activation>& activation);

/// How results are stored that are quantised as `y`, to which an addend is added before the activation.
[[nodiscard]] Requantization stored_as(const ByteQuantization& y, const ByteQuantization& addend,
                                       const ByteQuantization& sum, const std::optional<Activation>& activation);

}  // namespace onecnn::core
