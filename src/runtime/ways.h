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
    using Known = std::map<std::string, std::vector<std::string_view>>;  // of string literals

    /// The way that was chosen for a node; the first of these where none was.
    [[nodiscard]] std::string_view of(const std::string& node, std::span<const std::string_view> ways);

    /// Chooses one, or none again.
    void choose(const std::string& node, std::optional<std::string> way);

    /// What was chosen.
    [[nodiscard]] Chosen chosen() const;
    void set_chosen(Chosen chosen);

    /// From now on remembers for which nodes there is a choice, and among what.
    void listen();
    /// What has been remembered; no more is.
    [[nodiscard]] Known heard();

private:
    mutable std::mutex mutex_;
    Chosen chosen_;
    std::optional<Known> known_;  // while it listens: every input shape has nodes of its own
};

}  // namespace onecnn::core
