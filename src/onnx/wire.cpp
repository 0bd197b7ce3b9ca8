// SPDX-License-Identifier: Apache-2.0
#include "onnx/wire.h"

#include <algorithm>

#include "onnx/utf8.h"

namespace onecnn::core::onnx {

bool Message::next() {
    return guarded([&] {
        if (unread_) {
            reader_.skip();
        }
        unread_ = reader_.next();
        field_ = unread_ ? reader_.tag() : field_;
        return unread_;
    });
}

std::int64_t Message::integer() {
    require(protozero::pbf_wire_type::varint);
    return guarded([&] { return reader_.get_int64(); });
}

float Message::real() {
    require(protozero::pbf_wire_type::fixed32);
    return guarded([&] { return reader_.get_float(); });
}

std::string_view Message::bytes() {
    require(protozero::pbf_wire_type::length_delimited);
    return guarded([&] {
        const auto view = reader_.get_view();
        return std::string_view(view.data(), view.size());
    });
}

std::string Message::text() {
    const auto view = bytes();
    if (!is_utf8(view) || view.find('\0') != std::string_view::npos) {
        malformed("is not a string of UTF-8");
    }
    return std::string(view);
}

// protozero only asserts that the wire type is the one asked for.
void Message::require(protozero::pbf_wire_type wire_type) {
    if (reader_.wire_type() != wire_type) {
        malformed("has another type than ONNX gives it");
    }
    unread_ = false;
}

void Message::malformed(std::string_view how, bool truncated) const {
    throw WireError(concat("damaged model: ", type_, "'s field ", field_, " ", how), truncated);
}

}  // namespace onecnn::core::onnx
