// SPDX-License-Identifier: Apache-2.0
#include <onecnn/onecnn.h>

#include <oneapi/dnnl/dnnl.hpp>
#include <string>

#include "runtime/dtype.h"
#include "runtime/error.h"

namespace {

const char* isa_name(dnnl::cpu_isa isa) {
    switch (isa) {
        case dnnl::cpu_isa::sse41: return "SSE4.1";
        case dnnl::cpu_isa::avx: return "AVX";
        case dnnl::cpu_isa::avx2: return "AVX2";
        case dnnl::cpu_isa::avx2_vnni: return "AVX2 VNNI";
        case dnnl::cpu_isa::avx2_vnni_2: return "AVX2 VNNI 2";
        case dnnl::cpu_isa::avx512_core: return "AVX-512";
        case dnnl::cpu_isa::avx512_core_vnni: return "AVX-512 VNNI";
        case dnnl::cpu_isa::avx512_core_bf16: return "AVX-512 BF16";
        case dnnl::cpu_isa::avx512_core_fp16: return "AVX-512 FP16";
        case dnnl::cpu_isa::avx512_core_amx: return "AMX";
        case dnnl::cpu_isa::avx512_core_amx_fp16: return "AMX FP16";
        default: return "another instruction set";
    }
}

std::string build_info() {
    const dnnl_version_t& version = *dnnl_version();
    return onecnn::core::concat("oneDNN ", version.major, '.', version.minor, '.', version.patch, ", ",
                                isa_name(dnnl::get_effective_cpu_isa()));
}

}  // namespace

const char* onecnn_version(void) { return ONECNN_VERSION_STRING; }

int32_t onecnn_abi_version(void) { return ONECNN_ABI_VERSION; }

const char* onecnn_dtype_name(onecnn_dtype dtype) {
    return onecnn::core::name(static_cast<onecnn::core::DType>(dtype)).data();
}

const char* onecnn_build_info(void) {
    try {
        static const std::string info = build_info();
        return info.c_str();
    } catch (...) {
        return "oneDNN";
    }
}
