// SPDX-License-Identifier: Apache-2.0
#include "onnx/tensor_elements.h"

#include <utility>

#include "runtime/error.h"

namespace onecnn::core::onnx {

namespace {

constexpr std::uint32_t float_data = 4;
constexpr std::uint32_t int32_data = 5;
constexpr std::uint32_t string_data = 6;
constexpr std::uint32_t int64_data = 7;
constexpr std::uint32_t double_data = 10;
constexpr std::uint32_t uint64_data = 11;

std::uint32_t field_of(DType dtype) {
    switch (dtype) {
        case DType::float32: return float_data;
        case DType::float64: return double_data;
        case DType::string: return string_data;
        case DType::int64: return int64_data;
        case DType::uint32:
        case DType::uint64: return uint64_data;
        default: return int32_data;
    }
}

std::int64_t count_of(std::uint32_t field, const ElementCounts& counts) {
    switch (field) {
        case float_data: return counts.floats;
        case int32_data: return counts.int32s;
        case string_data: return counts.strings;
        case int64_data: return counts.int64s;
        case double_data: return counts.doubles;
        default: return counts.uint64s;
    }
}

template <typename T>
Tensor read_reals(Message& proto, std::uint32_t field, DType dtype, Shape shape) {
    Tensor tensor(dtype, std::move(shape));
    auto* to = tensor.as<T>().data();
    while (proto.next()) {
        if (proto.field() == field) {
            proto.reals<T>([&](T element) { *to++ = element; });
        }
    }
    return tensor;
}

/// T stores an element, or a byte of packed ones; floats of 16 and 8 bits are given as the bits they have.
template <typename T>
Tensor read_integers(Message& proto, std::uint32_t field, DType dtype, Shape shape, const std::string& what) {
    Tensor tensor(dtype, std::move(shape));
    auto* to = reinterpret_cast<T*>(tensor.data());
    while (proto.next()) {
        if (proto.field() != field) {
            continue;
        }
        proto.integers([&](std::int64_t element) {
            *to = static_cast<T>(element);
            if (static_cast<std::int64_t>(*to) != element) {
                fail(ErrorCode::invalid_model, what, " holds ", element, ", which is no ", name(dtype));
            }
            ++to;
        });
    }
    return tensor;
}

Tensor read_strings(Message& proto, Shape shape) {
    Tensor tensor(DType::string, std::move(shape));
    auto* to = tensor.as<std::string>().data();
    while (proto.next()) {
        if (proto.field() == string_data) {
            *to++ = proto.bytes();
        }
    }
    return tensor;
}

/// Numbers in the typed field: packed elements are given as the bytes they share.
std::int64_t stored_count(DType dtype, ShapeView shape) {
    return is_packed(dtype) ? static_cast<std::int64_t>(byte_count(dtype, shape)) : element_count(shape);
}

}  // namespace

void ElementCounts::add(Message& proto) {
    switch (proto.field()) {
        case float_data: proto.reals<float>([&](float) { ++floats; }); break;
        case int32_data: proto.integers([&](std::int64_t) { ++int32s; }); break;
        case string_data: ++strings; break;
        case int64_data: proto.integers([&](std::int64_t) { ++int64s; }); break;
        case double_data: proto.reals<double>([&](double) { ++doubles; }); break;
        case uint64_data: proto.integers([&](std::int64_t) { ++uint64s; }); break;
        default: break;
    }
}

void require_count(const ElementCounts& counts, DType dtype, ShapeView shape, const std::string& what) {
    const std::int64_t count = count_of(field_of(dtype), counts);
    const std::int64_t expected = stored_count(dtype, shape);
    if (count == 0 && expected > 0 && counts.any()) {
        fail(ErrorCode::invalid_model, what, " of type ", name(dtype),
             " holds its elements in a field for another type");
    }
    if (count != expected) {
        fail(ErrorCode::invalid_model, what, " of shape ", to_string(shape), " takes ", expected,
             is_packed(dtype) ? " bytes" : " elements", ", but ", count, " are there");
    }
}

Tensor read_elements(Message proto, DType dtype, Shape shape, const std::string& what) {
    const std::uint32_t field = field_of(dtype);
    switch (dtype) {
        case DType::float32: return read_reals<float>(proto, field, dtype, std::move(shape));
        case DType::float64: return read_reals<double>(proto, field, dtype, std::move(shape));
        case DType::boolean:
        case DType::float8e4m3fn:
        case DType::float8e4m3fnuz:
        case DType::float8e5m2:
        case DType::float8e5m2fnuz:
        case DType::float8e8m0:
        case DType::uint4:
        case DType::int4:
        case DType::float4e2m1:
        case DType::uint2:
        case DType::int2:
        case DType::uint8: return read_integers<std::uint8_t>(proto, field, dtype, std::move(shape), what);
        case DType::int8: return read_integers<std::int8_t>(proto, field, dtype, std::move(shape), what);
        case DType::uint16:
        case DType::float16:
        case DType::bfloat16: return read_integers<std::uint16_t>(proto, field, dtype, std::move(shape), what);
        case DType::int16: return read_integers<std::int16_t>(proto, field, dtype, std::move(shape), what);
        case DType::int32: return read_integers<std::int32_t>(proto, field, dtype, std::move(shape), what);
        case DType::uint32: return read_integers<std::uint32_t>(proto, field, dtype, std::move(shape), what);
        case DType::int64: return read_integers<std::int64_t>(proto, field, dtype, std::move(shape), what);
        case DType::uint64: return read_integers<std::uint64_t>(proto, field, dtype, std::move(shape), what);
        case DType::string: return read_strings(proto, std::move(shape));
        case DType::undefined: break;
    }
    fail(ErrorCode::internal, what, " has elements of type ", name(dtype), ", which no field holds");
}

}  // namespace onecnn::core::onnx
