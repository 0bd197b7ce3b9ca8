// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "graph/graph.h"

namespace onecnn::core {

/// Who makes and who reads each value of a graph, as it was when this was made.
class Uses {
public:
    explicit Uses(const Graph& graph);

    /// The index of the node that makes a value.
    [[nodiscard]] std::optional<std::size_t> producer(ValueId id) const {
        return producers_[static_cast<std::size_t>(id)];
    }

    /// How often a value is read, by nodes and as an output of the graph; 0 for one that was added since.
    [[nodiscard]] std::size_t count(ValueId id) const {
        const auto index = static_cast<std::size_t>(id);
        return index < counts_.size() ? counts_[index] : 0;
    }

private:
    std::vector<std::optional<std::size_t>> producers_;
    std::vector<std::size_t> counts_;
};

}  // namespace onecnn::core
