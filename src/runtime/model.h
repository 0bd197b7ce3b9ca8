// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "graph/model_info.h"
#include "runtime/options.h"
#include "runtime/packed_weights.h"
#include "runtime/plan_cache.h"

namespace onecnn::core {

/// A loaded model: immutable, shared by any number of threads.
class Model {
public:
    /// Verifies, optimises and keeps what was read. Throws Error.
    [[nodiscard]] static std::shared_ptr<const Model> create(ParsedModel parsed, Options options);

    [[nodiscard]] const ModelInfo& info() const { return info_; }
    [[nodiscard]] const Graph& graph() const { return graph_; }
    [[nodiscard]] const Options& options() const { return options_; }

    /// Most threads that one run may use; at least 1.
    [[nodiscard]] int threads() const { return threads_; }

    /// A table of the nodes that run, for people.
    [[nodiscard]] const std::string& summary() const { return summary_; }

    /// A figure by its key; InvalidArgument naming the keys there are.
    [[nodiscard]] std::int64_t stat(std::string_view key) const;

    /// The key of the figure at `index`; null past the end.
    [[nodiscard]] static const char* stat_key(std::size_t index) noexcept;

    /// The plan for these inputs, made when it is not kept. Thread-safe.
    [[nodiscard]] std::shared_ptr<Plan> plan(const PlanKey& key) const;

    /// The inputs whose elements, not only their shape, decide a plan (shapes given as tensors), by index.
    [[nodiscard]] const std::vector<std::size_t>& value_inputs() const { return value_inputs_; }

    /// Drops every plan that no run holds.
    void trim() const;

private:
    Model(ParsedModel parsed, Options options);

    ModelInfo info_;
    Graph graph_;
    Options options_;
    int threads_;
    std::string summary_;
    std::vector<std::size_t> value_inputs_;
    mutable PackedWeights packed_;
    mutable PlanCache plans_;
};

}  // namespace onecnn::core
