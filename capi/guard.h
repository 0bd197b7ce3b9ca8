// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <onecnn/onecnn.h>

#include <utility>

#include "runtime/error.h"

namespace onecnn::capi {

/// The status of the exception being handled; its message becomes this thread's last error.
[[nodiscard]] onecnn_status report_exception() noexcept;

/// Runs the body of an entry, so that no exception leaves the library. The body writes its output arguments last.
template <typename Body>
[[nodiscard]] onecnn_status guard(Body&& body) noexcept {
    try {
        std::forward<Body>(body)();
        return ONECNN_OK;
    } catch (...) {
        return report_exception();
    }
}

/// Throws InvalidArgument, "<what> is NULL", unless there is something.
inline void require(const void* pointer, const char* what) {
    if (pointer == nullptr) {
        core::fail(core::ErrorCode::invalid_argument, what, " is NULL");
    }
}

}  // namespace onecnn::capi
