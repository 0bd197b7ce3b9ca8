// SPDX-License-Identifier: Apache-2.0
#include "runtime/json_writer.h"

#include <array>
#include <cmath>
#include <locale>

namespace onecnn::core {

JsonWriter::JsonWriter() {
    out_.imbue(std::locale::classic());  // the program's may group digits or write a decimal comma
    out_.precision(9);
}

void JsonWriter::separate() {
    if (!first_) {
        out_ << ',';
    }
    first_ = false;
}

void JsonWriter::quote(std::string_view text) {
    static constexpr std::array hex{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    out_ << '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out_ << '\\' << c;
        } else if (byte < 0x20) {
            out_ << "\\u00" << hex[byte / 16] << hex[byte % 16];
        } else {
            out_ << c;
        }
    }
    out_ << '"';
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    out_ << bracket;
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    out_ << bracket;
    first_ = false;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    quote(name);
    out_ << ':';
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::null() {
    separate();
    out_ << "null";
    return *this;
}

JsonWriter& JsonWriter::value(std::int64_t number) {
    separate();
    out_ << number;
    return *this;
}

JsonWriter& JsonWriter::value(double number) {
    if (!std::isfinite(number)) {
        return null();
    }
    separate();
    out_ << number;
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
    separate();
    quote(text);
    return *this;
}

}  // namespace onecnn::core
