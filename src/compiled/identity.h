// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "compiled/format.h"
#include "runtime/options.h"

namespace onecnn::core::compiled {

/// Of what this library compiles here with these options, without a source.
[[nodiscard]] Identity identity_of(const Options& options);

/// Of a whole file. IOFailure when it cannot be read.
[[nodiscard]] std::uint64_t source_checksum(const std::filesystem::path& path, const Options& options);

/// Refuses a file that was made by another library, for another machine or with other options, or not of the ONNX file
/// `source`, where that is not empty.
void require_same(const Identity& file, const Options& options, const std::filesystem::path& source);

}  // namespace onecnn::core::compiled
