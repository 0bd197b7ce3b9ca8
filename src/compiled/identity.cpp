// SPDX-License-Identifier: Apache-2.0
#include "compiled/identity.h"

#include "kernels/gemm.h"
#include "kernels/int8_isa.h"
#include "onnx/file.h"
#include "runtime/build_info.h"
#include "runtime/checksum.h"
#include "runtime/error.h"

namespace onecnn::core::compiled {

Identity identity_of(const Options& options) {
    const FloatIsa* const isa = float_isa();
    return {concat("onecnn ", ONECNN_VERSION_STRING),
            concat(build_info(), ", own kernels for ", isa == nullptr ? "none" : isa->name, " and ", int8_isa().name),
            concat("deterministic ", options.deterministic, ", optimize ", options.optimize, ", memory ",
                   options.low_memory ? "low" : "normal"),
            std::nullopt};
}

std::uint64_t source_checksum(const std::filesystem::path& path, const Options& options) {
    const onnx::FileContents file = onnx::read_whole_file(path, options.limits.model_bytes);
    return checksum({file.storage.get(), file.bytes});
}

void require_same(const Identity& file, const Options& options, const std::filesystem::path& source) {
    const Identity here = identity_of(options);
    if (file.library != here.library) {
        fail(ErrorCode::invalid_model, "it was compiled by ", file.library, ", and this is ", here.library,
             "; compile the model again");
    }
    if (file.machine != here.machine) {
        fail(ErrorCode::invalid_model, "it was compiled for ", file.machine, ", and this is ", here.machine,
             "; compile the model again here");
    }
    if (file.options != here.options) {
        fail(ErrorCode::invalid_argument, "it was compiled with the options ", file.options, ", and is loaded with ",
             here.options);
    }
    if (!source.empty() && file.source != source_checksum(source, options)) {
        fail(ErrorCode::invalid_model, "it was not compiled from '", source.string(), "' as that is now",
             file.source ? "" : ": it does not say from what", "; compile the model again");
    }
}

}  // namespace onecnn::core::compiled
