// SPDX-License-Identifier: Apache-2.0
#include <onecnn/onecnn.h>

#include <exception>
#include <new>
#include <string>

#include "guard.h"

namespace onecnn::capi {
namespace {

struct LastError {
    std::string text;
    const char* shown = "";
};

thread_local LastError last_error;

onecnn_status remember(onecnn_status status, const char* message) noexcept {
    try {
        last_error.text = message;
        last_error.shown = last_error.text.c_str();
    } catch (...) {
        last_error.shown = "out of memory";
    }
    return status;
}

}  // namespace

onecnn_status report_exception() noexcept {
    try {
        throw;
    } catch (const core::Error& error) {
        return remember(static_cast<onecnn_status>(error.code()), error.what());
    } catch (const std::bad_alloc&) {
        return remember(ONECNN_ERROR_OUT_OF_MEMORY, "out of memory");
    } catch (const std::exception& error) {
        return remember(ONECNN_ERROR_INTERNAL, error.what());
    } catch (...) {
        return remember(ONECNN_ERROR_INTERNAL, "an exception of unknown type");
    }
}

}  // namespace onecnn::capi

const char* onecnn_last_error(void) { return onecnn::capi::last_error.shown; }

const char* onecnn_status_name(onecnn_status status) {
    switch (status) {
        case ONECNN_OK: return "OK";
        case ONECNN_ERROR_INVALID_MODEL: return "INVALID_MODEL";
        case ONECNN_ERROR_UNSUPPORTED_OPERATOR: return "UNSUPPORTED_OPERATOR";
        case ONECNN_ERROR_INVALID_ARGUMENT: return "INVALID_ARGUMENT";
        case ONECNN_ERROR_RESOURCE_LIMIT: return "RESOURCE_LIMIT";
        case ONECNN_ERROR_OUT_OF_MEMORY: return "OUT_OF_MEMORY";
        case ONECNN_ERROR_IO: return "IO";
        case ONECNN_ERROR_CANCELLED: return "CANCELLED";
        case ONECNN_ERROR_DEADLINE_EXCEEDED: return "DEADLINE_EXCEEDED";
        case ONECNN_ERROR_INTERNAL: return "INTERNAL";
        default: return "UNKNOWN";
    }
}
