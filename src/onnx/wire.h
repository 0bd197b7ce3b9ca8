// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <protozero/pbf_reader.hpp>
#include <string>
#include <string_view>

#include "runtime/error.h"

namespace onecnn::core::onnx {

/// The bytes are no well-formed protocol-buffer message.
class WireError : public Error {
public:
    WireError(std::string message, bool truncated)
        : Error(ErrorCode::invalid_model, std::move(message)), truncated_(truncated) {}

    /// A field reaches past the end of its message.
    [[nodiscard]] bool truncated() const { return truncated_; }

private:
    bool truncated_;
};

/// One protocol-buffer message, read field by field. Whatever the bytes, nothing outside them is read: malformed ones, and a
/// field of another wire type than is asked for, throw WireError.
class Message {
public:
    /// `type` is the message's name in ONNX's schema, for errors; a literal. The bytes must outlive this.
    Message(std::string_view bytes, const char* type)
        : reader_(bytes.data(), bytes.size()), bytes_(bytes), type_(type) {}

    /// Moves to the next field, skipping one that was not read; false at the end.
    [[nodiscard]] bool next();

    /// The field's number in ONNX's schema.
    [[nodiscard]] std::uint32_t field() const { return field_; }

    [[nodiscard]] std::int64_t integer();
    [[nodiscard]] float real();
    [[nodiscard]] std::string_view bytes();
    /// A string; WireError when it is not UTF-8 or holds a NUL, which a C string cannot carry.
    [[nodiscard]] std::string text();
    [[nodiscard]] Message message(const char* type) { return {bytes(), type}; }

    /// Calls `take` with each element of a repeated field, packed or not, as std::int64_t; unsigned ones wrap around.
    template <typename Take>
    void integers(Take take);
    /// Calls `take` with each element of a repeated `float` or `double` field, packed or not.
    template <typename Real, typename Take>
    void reals(Take take);

    /// All of the message's bytes.
    [[nodiscard]] std::string_view content() const { return bytes_; }

private:
    template <typename Read>
    auto guarded(Read read);
    void require(protozero::pbf_wire_type wire_type);
    [[noreturn]] void malformed(std::string_view how, bool truncated = false) const;

    protozero::pbf_reader reader_;
    std::string_view bytes_;
    const char* type_;
    std::uint32_t field_ = 0;
    bool unread_ = false;
};

template <typename Read>
auto Message::guarded(Read read) {
    try {
        return read();
    } catch (const protozero::end_of_buffer_exception&) {
        malformed("reaches past the end of its message", true);
    } catch (const protozero::exception& error) {
        malformed(error.what());
    }
}

template <typename Take>
void Message::integers(Take take) {
    if (reader_.wire_type() == protozero::pbf_wire_type::varint) {
        take(integer());
        return;
    }
    require(protozero::pbf_wire_type::length_delimited);
    guarded([&] {
        for (const std::int64_t element : reader_.get_packed_int64()) {
            take(element);
        }
    });
}

template <typename Real, typename Take>
void Message::reals(Take take) {
    constexpr bool single = sizeof(Real) == 4;
    constexpr auto scalar = single ? protozero::pbf_wire_type::fixed32 : protozero::pbf_wire_type::fixed64;
    const bool packed = reader_.wire_type() != scalar;
    require(packed ? protozero::pbf_wire_type::length_delimited : scalar);
    guarded([&] {
        if constexpr (single) {
            if (!packed) {
                take(reader_.get_float());
                return;
            }
            for (const float element : reader_.get_packed_float()) {
                take(element);
            }
        } else {
            if (!packed) {
                take(reader_.get_double());
                return;
            }
            for (const double element : reader_.get_packed_double()) {
                take(element);
            }
        }
    });
}

}  // namespace onecnn::core::onnx
