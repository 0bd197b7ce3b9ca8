// SPDX-License-Identifier: Apache-2.0
#include <onecnn/onecnn.h>

#include "runtime/build_info.h"
#include "runtime/dtype.h"

const char* onecnn_version(void) { return ONECNN_VERSION_STRING; }

int32_t onecnn_abi_version(void) { return ONECNN_ABI_VERSION; }

const char* onecnn_dtype_name(onecnn_dtype dtype) {
    return onecnn::core::name(static_cast<onecnn::core::DType>(dtype)).data();
}

const char* onecnn_build_info(void) {
    try {
        return onecnn::core::build_info().c_str();
    } catch (...) {
        return "oneDNN";
    }
}
