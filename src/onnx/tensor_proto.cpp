// SPDX-License-Identifier: Apache-2.0
#include "onnx/tensor_proto.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "graph/element_type.h"
#include "onnx/tensor_elements.h"
#include "runtime/error.h"

namespace onecnn::core::onnx {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian and is used as it is");

namespace {

/// TensorProto's fields, its elements left where they are.
struct Fields {
    Shape dims;
    std::int64_t data_type = 0;
    bool external = false;
    ExternalLocation location;
    std::optional<std::string_view> raw;
    ElementCounts counts;
};

Fields scan(Message proto, const std::string& what) {
    Fields fields;
    while (proto.next()) {
        switch (proto.field()) {
            case 1:
                proto.integers([&](std::int64_t dim) {
                    if (fields.dims.size() == max_rank) {
                        fail(ErrorCode::invalid_model, what, " has more than ", max_rank, " dimensions");
                    }
                    fields.dims.push_back(dim);
                });
                break;
            case 2: fields.data_type = proto.integer(); break;
            case 3: fail(ErrorCode::unsupported_operator, what, " is a segment of a tensor, which is not supported");
            case 9: fields.raw = proto.bytes(); break;
            case 13: fields.location.add(proto.message("StringStringEntryProto"), what); break;
            case 14: fields.external = proto.integer() == 1; break;
            default: fields.counts.add(proto);
        }
    }
    return fields;
}

/// The bytes of a tensor of this shape.
std::size_t require_dims(DType dtype, const Shape& dims, const std::string& what) {
    if (std::ranges::any_of(dims, [](std::int64_t dim) { return dim < 0; })) {
        fail(ErrorCode::invalid_model, what, " has a negative dimension: ", to_string(dims));
    }
    try {
        return byte_count(dtype, dims);
    } catch (const Error&) {
        fail(ErrorCode::invalid_model, what, " of shape ", to_string(dims), " has more bytes than 63 bits can count");
    }
}

void require_elements(const Fields& fields, DType dtype, std::size_t bytes, const std::string& what) {
    if ((fields.raw ? 1 : 0) + (fields.external ? 1 : 0) + (fields.counts.any() ? 1 : 0) > 1) {
        fail(ErrorCode::invalid_model, what, " holds its elements in more than one field");
    }
    if (dtype == DType::string && (fields.raw || fields.external)) {
        fail(ErrorCode::invalid_model, what, " is of strings, which only string_data can hold");
    }
    if (fields.raw && fields.raw->size() != bytes) {
        fail(ErrorCode::invalid_model, what, " of type ", name(dtype), " and shape ", to_string(fields.dims), " takes ",
             bytes, " bytes, but ", fields.raw->size(), " are there");
    }
    if (!fields.raw && !fields.external) {
        require_count(fields.counts, dtype, fields.dims, what);
    }
}

void require_bits(const Tensor& tensor, const std::string& what) {
    if (tensor.dtype() != DType::boolean) {
        return;
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(tensor.data());
    if (std::any_of(bytes, bytes + tensor.bytes(), [](unsigned char byte) { return byte > 1; })) {
        fail(ErrorCode::invalid_model, what, " is of type bool and holds a byte that is neither 0 nor 1");
    }
}

}  // namespace

Tensor TensorReader::read(Message proto, const std::string& what) {
    const Fields fields = scan(proto, what);
    const DType dtype = element_type(fields.data_type, what);
    const std::size_t bytes = require_dims(dtype, fields.dims, what);
    require_elements(fields, dtype, bytes, what);
    if (bytes > static_cast<std::uint64_t>(tensor_bytes_)) {
        fail(ErrorCode::resource_limit, what, " of shape ", to_string(fields.dims), " has ", bytes,
             " bytes; the limit for a tensor is ", tensor_bytes_);
    }
    Tensor tensor = fields.external ? external_.read(fields.location, dtype, fields.dims, what)
                    : fields.raw    ? from_raw(dtype, fields.dims, proto.content(), *fields.raw)
                                    : read_elements(proto, dtype, fields.dims, what);
    require_bits(tensor, what);
    return tensor;
}

Tensor TensorReader::read_again(Message proto, const std::string& what) {
    const char* const place = proto.content().data();
    if (const auto found = read_.find(place); found != read_.end()) {
        return found->second;
    }
    return read_.emplace(place, read(proto, what)).first->second;
}

Tensor TensorReader::from_raw(DType dtype, Shape shape, std::string_view proto, std::string_view raw) const {
    const auto element_bytes = static_cast<std::size_t>(std::max(1, bits(dtype) / 8));
    const std::size_t excess = reinterpret_cast<std::uintptr_t>(raw.data()) % element_bytes;
    const auto before = static_cast<std::size_t>(raw.data() - proto.data());
    if (!storage_.bytes || excess > (storage_.writable ? before : 0)) {
        Tensor tensor(dtype, std::move(shape));
        std::ranges::copy(std::as_bytes(std::span(raw)), tensor.data());
        return tensor;
    }
    // Elements must be aligned. Moving them back by a few bytes, over fields of this TensorProto that have been read, spares
    // a second copy of the weights.
    std::byte* const start = storage_.bytes.get();
    std::byte* first = start + (reinterpret_cast<const std::byte*>(raw.data()) - start);
    if (excess > 0) {
        std::memmove(first - excess, first, raw.size());
    }
    // A tensor's copies are counted apart from the model's other tensors.
    const auto share = std::make_shared<const std::shared_ptr<std::byte>>(storage_.bytes);
    return {dtype, std::move(shape), std::shared_ptr<std::byte>(share, first - excess), storage_.writable};
}

std::string tensor_name(Message proto) {
    std::string name;
    while (proto.next()) {
        if (proto.field() == 8) {
            name = proto.text();
        }
    }
    return name;
}

}  // namespace onecnn::core::onnx
