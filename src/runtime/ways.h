// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace onecnn::core {

/// How a model's nodes can be computed, and which way was measured to be the fastest, by what tells nodes apart: operator, attributes
/// and shapes. Thread-safe.
class Ways {
public:
    using Chosen = std::map<std::string, std::string>;

    /// The way that was chosen for a node; the first of these where none was. Remembers that there are these.
    [[nodiscard]] std::string_view of(const std::string& node, std::span<const std::string_view> ways);

    /// Chooses one, or none again.
    void choose(const std::string& node, std::optional<std::string> way);

    /// What was chosen.
    [[nodiscard]] Chosen chosen() const;
    void set_chosen(Chosen chosen);

    /// All ways of each node that there is a choice for.
    [[nodiscard]] std::map<std::string, std::vector<std::string_view>> known() const;

private:
    mutable std::mutex mutex_;
    Chosen chosen_;
    std::map<std::string, std::vector<std::string_view>> known_;  // of string literals
};

}  // namespace onecnn::core
