// SPDX-License-Identifier: Apache-2.0
#include "onnx/reader.h"

#include <cstdint>
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

ParsedModel read_bytes(std::span<const std::byte> bytes, TensorStorage storage, const Options& options) {
    if (bytes.size() > static_cast<std::uint64_t>(options.limits.model_bytes)) {
        fail(ErrorCode::resource_limit, "the model has ", bytes.size(), " bytes; the limit is ",
             options.limits.model_bytes);
    }
    TensorReader tensors(std::move(storage), ExternalData(options.external_data, options.limits.external_bytes),
                         options.limits.tensor_bytes);
    return read_model(as_text(bytes.data(), bytes.size()), tensors, options);
}

}  // namespace

ParsedModel read_file(const std::filesystem::path& path, const Options& options) {
    const FileContents file = read_whole_file(path, options.limits.model_bytes);
    std::filesystem::path folder = options.external_data;
    if (folder.empty()) {
        folder = path.has_parent_path() ? path.parent_path() : ".";
    }
    TensorReader tensors({file.storage, true}, ExternalData(std::move(folder), options.limits.external_bytes),
                         options.limits.tensor_bytes);
    try {
        return read_model(as_text(file.storage.get(), file.bytes), tensors, options);
    } catch (const Error& error) {
        throw Error(error.code(), concat("'", path.string(), "': ", error.message()));
    }
}

ParsedModel read_memory(std::span<const std::byte> bytes, const Options& options) {
    return read_bytes(bytes, {}, options);
}

ParsedModel read_lent(std::shared_ptr<const std::byte> storage, std::size_t bytes, const Options& options) {
    const std::span<const std::byte> all(storage.get(), bytes);
    // Constants are never written to.
    return read_bytes(all, {std::const_pointer_cast<std::byte>(std::move(storage)), false}, options);
}

}  // namespace onecnn::core::onnx
