// SPDX-License-Identifier: Apache-2.0
#include "onnx/external_data.h"

#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include "onnx/beneath.h"
#include "runtime/error.h"

namespace onecnn::core::onnx {

namespace {

std::uint64_t parse_bytes(std::string_view key, const std::string& text, const std::string& what) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stopped != end || number > INT64_MAX) {
        fail(ErrorCode::invalid_model, what, ": the ", key, " of its external data is '", text,
             "', not a number of bytes");
    }
    return number;
}

}  // namespace

void ExternalLocation::add(Message entry, const std::string& what) {
    std::string key;
    std::string value;
    while (entry.next()) {
        if (entry.field() == 1) {
            key = entry.text();
        } else if (entry.field() == 2) {
            value = entry.text();
        }
    }
    const bool repeated = (key == "location" && !location.empty()) || (key == "offset" && has_offset_) ||
                          (key == "length" && length.has_value());
    if (repeated) {
        fail(ErrorCode::invalid_model, what, ": its external data gives '", key, "' twice");
    }
    if (key == "location") {
        location = std::move(value);
    } else if (key == "offset") {
        offset = parse_bytes(key, value, what);
        has_offset_ = true;
    } else if (key == "length") {
        length = parse_bytes(key, value, what);
    }
}

Tensor ExternalData::read(const ExternalLocation& where, DType dtype, Shape shape, const std::string& what) {
    if (folder_.empty()) {
        fail(ErrorCode::invalid_argument, what, " is kept in the file '", where.location,
             "'; a model read from memory needs the option external_data to name its folder");
    }
    const std::size_t bytes = byte_count(dtype, shape);
    if (where.length && *where.length != bytes) {
        fail(ErrorCode::invalid_model, what, " of shape ", to_string(shape), " has ", bytes,
             " bytes, but its external data ", *where.length);
    }
    if (bytes > static_cast<std::uint64_t>(limit_ - used_)) {
        fail(ErrorCode::resource_limit, what, ": external data has more bytes than the limit of ", limit_);
    }
    open(where.location, what);
    if (where.offset > file_bytes_ || bytes > file_bytes_ - where.offset) {
        fail(ErrorCode::invalid_model, what, " lies at bytes ", where.offset, " to ", where.offset + bytes, " of '",
             where.location, "', which has ", file_bytes_);
    }
    used_ += static_cast<std::int64_t>(bytes);
    Tensor tensor(dtype, std::move(shape));
    file_.read(tensor.data(), bytes, where.offset, concat("'", where.location, "'"));
    return tensor;
}

void ExternalData::open(const std::string& location, const std::string& what) {
    if (file_ && location == opened_) {
        return;
    }
    if (!stays_beneath(location)) {
        fail(ErrorCode::invalid_model, what, " names its external data '", location,
             "': that is no path inside the model's folder");
    }
    opened_.clear();
    file_ = open_beneath(folder_, location);
    if (!file_) {
        if (errno == ELOOP || errno == EXDEV) {
            fail(ErrorCode::invalid_model, what, " has external data in '", location,
                 "', which is reached through a symbolic link");
        }
        fail(ErrorCode::io, what, " has external data in '", location,
             "', which cannot be opened: ", std::generic_category().message(errno));
    }
    struct stat status{};
    if (::fstat(file_.descriptor(), &status) != 0) {
        fail(ErrorCode::io, "'", location, "' cannot be read: ", std::generic_category().message(errno));
    }
    if (!S_ISREG(status.st_mode) || status.st_nlink > 1) {
        fail(ErrorCode::invalid_model, what, " has external data in '", location, "', which is ",
             S_ISREG(status.st_mode) ? "a hard link" : "not a regular file");
    }
    opened_ = location;
    file_bytes_ = static_cast<std::uint64_t>(status.st_size);
}

}  // namespace onecnn::core::onnx
