// SPDX-License-Identifier: Apache-2.0
#include "kernels/element_codec.h"

#include <array>

#include "kernels/packed.h"

namespace onecnn::core {

namespace {

/// Room for a block of the widest dtype.
struct alignas(64) Block {
    std::array<std::byte, codec_block * sizeof(double)> bytes;
};

using Codes = std::array<std::uint8_t, codec_block>;

void decode(DType dtype, const std::uint8_t* codes, float* to, std::int64_t count) {
    const auto& values = small_float_values(dtype);
    for (std::int64_t i = 0; i < count; ++i) {
        to[i] = values[codes[i]];
    }
}

}  // namespace

DType carrier(DType dtype) {
    if (is_small_float(dtype)) {
        return DType::float32;
    }
    switch (dtype) {
        case DType::int4:
        case DType::int2: return DType::int8;
        case DType::uint4:
        case DType::uint2: return DType::uint8;
        default: return dtype;
    }
}

bool is_numeric_or_bool(DType dtype) { return can_convert(carrier(dtype), DType::float32); }

ElementReader::ElementReader(DType tensor, DType as)
    : dtype_(tensor), carrier_(carrier(tensor)), convert_(conversion(carrier_, as)) {}

void ElementReader::operator()(const std::byte* tensor, Range elements, void* to) const {
    const std::int64_t count = elements.end - elements.begin;
    auto* const out = static_cast<std::byte*>(to);
    if (dtype_ == carrier_) {
        return convert_(tensor + elements.begin * (bits(dtype_) / 8), out, count);
    }
    Codes unpacked;
    const std::uint8_t* codes = reinterpret_cast<const std::uint8_t*>(tensor) + elements.begin;
    if (is_packed(dtype_)) {
        unpack(dtype_, tensor, elements, unpacked.data());
        codes = unpacked.data();
    }
    if (!is_small_float(dtype_)) {
        return convert_(reinterpret_cast<const std::byte*>(codes), out, count);
    }
    std::array<float, codec_block> values;
    decode(dtype_, codes, values.data(), count);
    convert_(reinterpret_cast<const std::byte*>(values.data()), out, count);
}

ElementWriter::ElementWriter(DType from, DType tensor, const SmallFloatRounding& rounding)
    : dtype_(tensor), carrier_(carrier(tensor)), convert_(conversion(from, carrier_)), rounding_(rounding) {}

void ElementWriter::operator()(const void* from, std::byte* tensor, Range elements) const {
    const std::int64_t count = elements.end - elements.begin;
    const auto* const in = static_cast<const std::byte*>(from);
    if (dtype_ == carrier_) {
        return convert_(in, tensor + elements.begin * (bits(dtype_) / 8), count);
    }
    Block carried;
    convert_(in, carried.bytes.data(), count);
    Codes encoded;
    const auto* codes = reinterpret_cast<const std::uint8_t*>(carried.bytes.data());
    if (is_small_float(dtype_)) {
        std::uint8_t* const to =
            is_packed(dtype_) ? encoded.data() : reinterpret_cast<std::uint8_t*>(tensor) + elements.begin;
        encode(dtype_, rounding_, reinterpret_cast<const float*>(carried.bytes.data()), to, count);
        codes = encoded.data();
    }
    if (is_packed(dtype_)) {
        pack(dtype_, codes, tensor, elements);
    }
}

}  // namespace onecnn::core
