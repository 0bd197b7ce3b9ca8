// SPDX-License-Identifier: Apache-2.0
#include "kernels/packed.h"

#include <algorithm>

namespace onecnn::core {

void unpack(DType dtype, const std::byte* tensor, Range elements, std::uint8_t* to) {
    const int element_bits = bits(dtype);
    const std::int64_t in_a_byte = 8 / element_bits;
    const int mask = (1 << element_bits) - 1;
    const bool is_signed = dtype == DType::int4 || dtype == DType::int2;
    const int sign = is_signed ? 1 << (element_bits - 1) : 0;
    for (std::int64_t i = elements.begin; i < elements.end; ++i) {
        const auto byte = static_cast<int>(tensor[i / in_a_byte]);
        const int code = (byte >> (static_cast<int>(i % in_a_byte) * element_bits)) & mask;
        *to++ = static_cast<std::uint8_t>((code ^ sign) - sign);
    }
}

void pack(DType dtype, const std::uint8_t* from, std::byte* tensor, Range elements) {
    const int element_bits = bits(dtype);
    const std::int64_t in_a_byte = 8 / element_bits;
    const int mask = (1 << element_bits) - 1;
    for (std::int64_t i = elements.begin; i < elements.end; i += in_a_byte) {
        int byte = 0;
        const std::int64_t present = std::min(in_a_byte, elements.end - i);
        for (std::int64_t j = 0; j < present; ++j) {
            byte |= (*from++ & mask) << (static_cast<int>(j) * element_bits);
        }
        tensor[i / in_a_byte] = static_cast<std::byte>(byte);
    }
}

}  // namespace onecnn::core
