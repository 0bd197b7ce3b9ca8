// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "onnx/file.h"

namespace onecnn::core::onnx {

/// Opens a file for reading by its path relative to `folder`, following no symbolic link below it and never leaving it. A File
/// that is false, with errno set, when that cannot be; ELOOP or EXDEV where the path tries. `relative` must have passed
/// `stays_beneath`.
[[nodiscard]] File open_beneath(const std::filesystem::path& folder, const std::string& relative);

/// `open_beneath` for kernels and sandboxes without openat2: one component after another, none of them a link.
[[nodiscard]] File open_by_components(const std::filesystem::path& folder, std::string_view relative);

/// Whether a path is relative, not empty, and has no "..", no NUL and no empty component.
[[nodiscard]] bool stays_beneath(std::string_view relative);

}  // namespace onecnn::core::onnx
