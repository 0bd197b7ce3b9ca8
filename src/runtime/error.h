// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <sstream>
#include <string>
#include <utility>

namespace onecnn::core {

/// Why something could not be done; the numbers are those of the C ABI.
enum class ErrorCode : int {
    invalid_model = 1,
    unsupported_operator = 2,
    invalid_argument = 3,
    resource_limit = 4,
    out_of_memory = 5,
    io = 6,
    cancelled = 7,
    deadline_exceeded = 8,
    internal = 9,
};

/// The one exception of the core: a code and a sentence for the user.
class Error : public std::exception {
public:
    Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

    [[nodiscard]] ErrorCode code() const noexcept { return code_; }
    [[nodiscard]] const std::string& message() const noexcept { return message_; }
    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

private:
    ErrorCode code_;
    std::string message_;
};

/// The arguments, streamed one after another.
template <typename... Parts>
[[nodiscard]] std::string concat(const Parts&... parts) {
    std::ostringstream out;
    (out << ... << parts);
    return std::move(out).str();
}

/// Throws an Error whose message is the parts, streamed one after another.
template <typename... Parts>
[[noreturn]] void fail(ErrorCode code, const Parts&... parts) {
    throw Error(code, concat(parts...));
}

}  // namespace onecnn::core
