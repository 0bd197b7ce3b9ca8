// SPDX-License-Identifier: Apache-2.0
#include "onnx/utf8.h"

#include <cstddef>
#include <cstdint>

namespace onecnn::core::onnx {

namespace {

/// Bytes of the character that `lead` begins, and the least code point that may take as many; 0 bytes: begins none.
struct Form {
    std::size_t bytes;
    std::uint32_t bits;
    std::uint32_t least;
};

Form form_of(unsigned char lead) {
    if (lead < 0x80) {
        return {1, lead, 0};
    }
    if ((lead & 0xE0U) == 0xC0) {
        return {2, lead & 0x1FU, 0x80};
    }
    if ((lead & 0xF0U) == 0xE0) {
        return {3, lead & 0x0FU, 0x800};
    }
    if ((lead & 0xF8U) == 0xF0) {
        return {4, lead & 0x07U, 0x10000};
    }
    return {0, 0, 0};
}

}  // namespace

bool is_utf8(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const Form form = form_of(static_cast<unsigned char>(bytes[at]));
        if (form.bytes == 0 || form.bytes > bytes.size() - at) {
            return false;
        }
        std::uint32_t code_point = form.bits;
        for (std::size_t i = 1; i < form.bytes; ++i) {
            const auto next = static_cast<unsigned char>(bytes[at + i]);
            if ((next & 0xC0U) != 0x80) {
                return false;
            }
            code_point = code_point << 6U | (next & 0x3FU);
        }
        const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
        if (code_point < form.least || code_point > 0x10FFFF || surrogate) {
            return false;
        }
        at += form.bytes;
    }
    return true;
}

}  // namespace onecnn::core::onnx
