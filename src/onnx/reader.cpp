// SPDX-License-Identifier: Apache-2.0
#include "onnx/reader.h"

#include <string_view>
#include <utility>

#include "onnx/external_data.h"
#include "onnx/file.h"
#include "onnx/model_proto.h"
#include "onnx/tensor_proto.h"
#include "runtime/error.h"

namespace onecnn::core::onnx {

namespace {

std::string_view as_text(const std::byte* data, std::size_t bytes) {
    return {reinterpret_cast<const char*>(data), bytes};
}

}  // namespace

ParsedModel read_file(const std::filesystem::path& path, const Options& options) {
    const FileContents file = read_whole_file(path, options.limits.model_bytes);
    std::filesystem::path folder = options.external_data;
    if (folder.empty()) {
        folder = path.has_parent_path() ? path.parent_path() : ".";
    }
    TensorReader tensors(file.storage, ExternalData(std::move(folder), options.limits.external_bytes),
                         options.limits.tensor_bytes);
    try {
        return read_model(as_text(file.storage.get(), file.bytes), tensors, options);
    } catch (const Error& error) {
        throw Error(error.code(), concat("'", path.string(), "': ", error.message()));
    }
}

ParsedModel read_memory(std::shared_ptr<const std::byte> storage, std::size_t bytes, const Options& options) {
    if (bytes > static_cast<std::uint64_t>(options.limits.model_bytes)) {
        fail(ErrorCode::resource_limit, "the model has ", bytes, " bytes; the limit is ", options.limits.model_bytes);
    }
    TensorReader tensors(nullptr, ExternalData(options.external_data, options.limits.external_bytes),
                         options.limits.tensor_bytes);
    return read_model(as_text(storage.get(), bytes), tensors, options);
}

}  // namespace onecnn::core::onnx
