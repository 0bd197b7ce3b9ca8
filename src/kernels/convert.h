// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/dtype.h"

namespace onecnn::core {

/// Converts `count` elements that lie one after another; `to` and `from` do not overlap.
using Convert = void (*)(const std::byte* from, std::byte* to, std::int64_t count);

/// Whether there is a conversion between two dtypes: between bools and numbers of 8 bits and more, float8 left out.
[[nodiscard]] bool can_convert(DType from, DType to);

/// The conversion between two dtypes, which must be there.
///
/// To bool: whether an element is not 0 (NaN is not). To an integer: floats are cut towards 0, integers keep their low bits.
/// A float whose cut value does not fit, or NaN, gives what x86's conversion instructions give, on every machine: the low bits
/// of INT32_MIN for types of up to 16 bits and int32, of INT64_MIN for int64 and, past the range of int64, uint32; uint64 wraps
/// negative values, and takes INT64_MIN's bits below −2⁶³ and for NaN, 0 from 2⁶⁴. To float16 and bfloat16: by way of float32, to
/// nearest, ties to even.
[[nodiscard]] Convert conversion(DType from, DType to);

}  // namespace onecnn::core
