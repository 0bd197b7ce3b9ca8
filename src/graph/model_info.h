// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"

namespace onecnn::core {

/// What a model file says of itself.
struct ModelInfo {
    std::int64_t ir_version = 0;
    std::int64_t opset = 0;  ///< of ai.onnx; 0 when the model does not import it
    std::int64_t model_version = 0;
    std::int64_t file_nodes = 0;
    std::int64_t parameters = 0;  ///< elements of all initializers
    std::string producer_name;
    std::string producer_version;
    std::string domain;
    std::string description;
    std::vector<std::pair<std::string, std::string>> metadata;  ///< metadata_props, in the file's order
};

/// A model as read: every node in its operator's newest form.
struct ParsedModel {
    ModelInfo info;
    Graph graph;
};

}  // namespace onecnn::core
