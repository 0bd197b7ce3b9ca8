// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "graph/model_info.h"
#include "runtime/options.h"

namespace onecnn::core::onnx {

/// Reads an ONNX file, and external data from its folder or `options.external_data`. Throws Error.
[[nodiscard]] ParsedModel read_file(const std::filesystem::path& path, const Options& options);

/// Reads a model from memory, copying what it keeps; external data is refused unless `options.external_data` names its folder.
/// Throws Error.
[[nodiscard]] ParsedModel read_memory(std::span<const std::byte> bytes, const Options& options);

/// The same for memory that stays as it is for as long as `storage` is owned: tensors lie in it where it aligns them.
[[nodiscard]] ParsedModel read_lent(std::shared_ptr<const std::byte> storage, std::size_t bytes,
                                    const Options& options);

}  // namespace onecnn::core::onnx
