// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace onecnn::core {

/// Writes one JSON value (RFC 8259), commas and quotes its own care. Texts are UTF-8.
class JsonWriter {
public:
    JsonWriter();

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }

    /// The key of the value that comes next.
    JsonWriter& key(std::string_view name);

    JsonWriter& null();
    JsonWriter& value(std::int64_t number);
    JsonWriter& value(double number);  ///< null where it is not finite
    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }

    [[nodiscard]] std::string text() && { return std::move(out_).str(); }

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();
    void quote(std::string_view text);

    std::ostringstream out_;
    bool first_ = true;  ///< nothing precedes what comes next in its object or array
};

}  // namespace onecnn::core
