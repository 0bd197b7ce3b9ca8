// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "runtime/model.h"

namespace onecnn::core::compiled {

/// Writes a compiled file: the graph as it runs, its constants, and the weights as the plans that the model keeps have
/// packed them. `source` is the ONNX file it was loaded from. A file that was there before is replaced at once and
/// never changed: somebody may have it mapped. Throws Error.
void save(const Model& model, const std::filesystem::path& path, const std::optional<std::filesystem::path>& source);

}  // namespace onecnn::core::compiled
