// SPDX-License-Identifier: Apache-2.0
#include "ops/quantized_operand.h"

#include <limits>

#include "kernels/round.h"

namespace onecnn::core {

namespace {

template <typename T>
void store(const std::int32_t* sums, const float* scales, std::int64_t count, float zero_point, T* to) {
    const float least = static_cast<float>(std::numeric_limits<T>::min()) - zero_point;
    const float most = static_cast<float>(std::numeric_limits<T>::max()) - zero_point;
    for (std::int64_t i = 0; i < count; ++i) {
        const float rounded = round_within(static_cast<float>(sums[i]) * scales[i], least, most) + zero_point;
        to[i] = static_cast<T>(static_cast<std::int32_t>(rounded));
    }
}

}  // namespace

QuantizationParameter::QuantizationParameter(LowerContext& context, std::size_t index, float fallback,
                                             std::vector<Slot>& reads)
    : fallback_(fallback) {
    if (context.has_input(index)) {
        read_.emplace(context.dtype(index), DType::float32);
        slot_ = context.input(index);
        count_ = element_count(context.shape(index));
        reads.push_back(slot_);
    }
}

float QuantizationParameter::at(const Memory& memory, std::int64_t index) const {
    float value = fallback_;
    if (read_) {
        const std::int64_t place = index % count_;
        (*read_)(memory[slot_], {place, place + 1}, &value);
    }
    return value;
}

void require_int8(const InferContext& context, std::size_t index, std::size_t zero_point) {
    const DType dtype = context.dtype(index);
    if (dtype != DType::int8 && dtype != DType::uint8) {
        context.unsupported("input ", index, " is ", name(dtype), "; int8 and uint8 are supported");
    }
    if (context.has_input(zero_point) && context.dtype(zero_point) != dtype) {
        context.invalid("input ", index, " is ", name(dtype), " and its zero point ", name(context.dtype(zero_point)));
    }
}

void require_single(const InferContext& context, std::size_t index) {
    if (context.has_input(index) && element_count(context.shape(index)) != 1) {
        context.invalid("input ", index, " has shape ", to_string(context.shape(index)), ", expected one element");
    }
}

void requantize(DType dtype, const std::int32_t* sums, const float* scales, std::int64_t count, float zero_point,
                std::byte* to) {
    if (dtype == DType::int8) {
        store(sums, scales, count, zero_point, reinterpret_cast<std::int8_t*>(to));
    } else {
        store(sums, scales, count, zero_point, reinterpret_cast<std::uint8_t*>(to));
    }
}

}  // namespace onecnn::core
