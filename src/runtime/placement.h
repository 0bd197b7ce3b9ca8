// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "graph/graph.h"

namespace onecnn::core {

/// Which values of a graph are to lie inside others, as some of their channels.
class Placement {
public:
    struct Inside {
        ValueId owner;  ///< lies in no other one
        std::int64_t channel;
    };

    /// Of a value that `joined` has from `channel` on.
    struct Part {
        ValueId id;
        std::int64_t channel;
    };

    explicit Placement(std::size_t values = 0) : inside_(values) {}

    [[nodiscard]] std::optional<Inside> of(ValueId id) const { return inside_[static_cast<std::size_t>(id)]; }

    /// Puts the parts of a value inside it, or inside what it lies in itself, but for parts that lie in another one
    /// already: what is joined last must come first.
    void put(ValueId joined, const std::vector<Part>& parts);

private:
    std::vector<std::optional<Inside>> inside_;
};

}  // namespace onecnn::core
