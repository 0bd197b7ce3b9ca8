// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/convert.h"
#include "kernels/small_float.h"
#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// Elements that a codec takes at once at most; a tensor's elements from a multiple of it on begin at a whole byte.
inline constexpr std::int64_t codec_block = 256;

/// The dtype with `conversion`s whose elements hold all of a dtype's: int8 of int4, float32 of float8. Itself where it has some.
[[nodiscard]] DType carrier(DType dtype);

/// Whether a dtype's elements can be read and written: all but strings'.
[[nodiscard]] bool is_numeric_or_bool(DType dtype);

/// Reads a tensor's elements of any dtype as those of a dtype with conversions.
class ElementReader {
public:
    ElementReader(DType tensor, DType as);

    /// At most codec_block elements.
    void operator()(const std::byte* tensor, Range elements, void* to) const;

private:
    DType dtype_;
    DType carrier_;
    Convert convert_;
};

/// Writes elements of a dtype with conversions as a tensor's of any dtype.
class ElementWriter {
public:
    ElementWriter(DType from, DType tensor, const SmallFloatRounding& rounding = {});

    /// At most codec_block elements, from a whole byte on.
    void operator()(const void* from, std::byte* tensor, Range elements) const;

private:
    DType dtype_;
    DType carrier_;
    Convert convert_;
    SmallFloatRounding rounding_;
};

}  // namespace onecnn::core
