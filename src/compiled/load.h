// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "runtime/model.h"

namespace onecnn::core::compiled {

/// Whether bytes begin as a compiled file does.
[[nodiscard]] bool is_compiled(std::span<const std::byte> begin);

/// Whether a regular file begins so. False where it cannot be opened.
[[nodiscard]] bool is_compiled(const std::filesystem::path& path);

/// Loads a compiled file, mapped: processes share its pages, and those that nobody needs are never read. Somebody who
/// makes it shorter while it is mapped ends the process; `save` never does. `source`, where it is not
/// empty, is the ONNX file that it must have been made of. Throws Error.
[[nodiscard]] std::shared_ptr<const Model> load_file(const std::filesystem::path& path, Options options,
                                                     const std::filesystem::path& source);

/// The same from memory, which is copied.
[[nodiscard]] std::shared_ptr<const Model> load_memory(std::span<const std::byte> bytes, Options options,
                                                       const std::filesystem::path& source);

}  // namespace onecnn::core::compiled
