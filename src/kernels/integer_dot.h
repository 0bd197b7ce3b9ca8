// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace onecnn::core {

// Products of int8 and uint8 are exact and wrap around in 32 bits, on every machine: elements are widened to 16 bits, less their
// zero points, as no instruction saturates then.

/// Widens `count` elements that lie `stride` apart.
void widen(bool is_signed, const std::byte* from, std::int64_t stride, std::int64_t count, std::int32_t zero_point,
           std::int16_t* to);

/// to[j] = Σ a[i] · b[j · length + i], i below `length`, for j below `rows`. Elements are within ±255.
void dot_rows(const std::int16_t* a, const std::int16_t* b, std::int64_t rows, std::int64_t length, std::int32_t* to);

/// The same for machines without AVX2.
void dot_rows_anywhere(const std::int16_t* a, const std::int16_t* b, std::int64_t rows, std::int64_t length,
                       std::int32_t* to);

}  // namespace onecnn::core
