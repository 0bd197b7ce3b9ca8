// SPDX-License-Identifier: Apache-2.0
#include "runtime/build_info.h"

#include <oneapi/dnnl/dnnl.hpp>

#include "runtime/error.h"

namespace onecnn::core {

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

}  // namespace

const std::string& build_info() {
    static const std::string info = [] {
        const dnnl_version_t& version = *dnnl_version();
        return concat("oneDNN ", version.major, '.', version.minor, '.', version.patch, ", ",
                      isa_name(dnnl::get_effective_cpu_isa()));
    }();
    return info;
}

}  // namespace onecnn::core
