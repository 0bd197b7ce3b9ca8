// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/model_info.h"
#include "runtime/options.h"
#include "runtime/packed_weights.h"
#include "runtime/program.h"

namespace onecnn::core {

/// A model as a compiled file has it: rewritten already, with weights packed.
struct CompiledModel {
    ParsedModel parsed;
    std::vector<PackedWeights::Form> forms;
    std::vector<std::pair<const std::byte*, PackedWeights::Original>> originals;
    Ways::Chosen ways;           ///< of computing nodes, that were measured to be the fastest
    std::vector<PlanKey> plans;  ///< what to make plans for at once
};

/// A loaded model: immutable, shared by any number of threads.
class Model {
public:
    /// Verifies, optimises and keeps what was read. Throws Error.
    [[nodiscard]] static std::shared_ptr<const Model> create(ParsedModel parsed, Options options);

    /// Verifies and keeps what a compiled file has. Throws Error.
    [[nodiscard]] static std::shared_ptr<const Model> create(CompiledModel compiled, Options options);

    [[nodiscard]] const ModelInfo& info() const { return info_; }
    [[nodiscard]] const Graph& graph() const { return program_->graph(); }
    [[nodiscard]] const Options& options() const { return options_; }

    /// Most threads that one run may use; at least 1.
    [[nodiscard]] int threads() const { return threads_; }

    /// A table of the nodes that run, for people.
    [[nodiscard]] const std::string& summary() const { return summary_; }

    /// A figure by its key; InvalidArgument naming the keys there are.
    [[nodiscard]] std::int64_t stat(std::string_view key) const;

    /// The key of the figure at `index`; null past the end.
    [[nodiscard]] static const char* stat_key(std::size_t index) noexcept;

    /// What runs. Thread-safe.
    [[nodiscard]] const Program& program() const { return *program_; }
    /// The programs of its subgraphs.
    [[nodiscard]] const Bodies& bodies() const { return bodies_; }

    /// The weights that its plans hold packed.
    [[nodiscard]] std::vector<PackedWeights::Form> packed_weights() const { return packed_.in_use(); }

    /// The ways of computing nodes that were measured to be the fastest.
    [[nodiscard]] Ways::Chosen ways() const { return ways_.chosen(); }

    /// Drops every plan that no run holds.
    void trim() const;

private:
    Model(ModelInfo info, Options options);

    /// Makes a graph what runs: verified, constants folded, rewritten; and its subgraphs.
    void prepare(Graph& graph, FoldingBudget& budget);
    /// Verifies a graph that was made so before, and its subgraphs.
    void adopt(Graph& graph);
    void add_body(Subgraph& subgraph);
    /// Makes the program of the graph, and these plans.
    void finish(Graph graph, const std::vector<PlanKey>& plans);

    [[nodiscard]] PlanSettings settings() const { return {options_, threads_, packed_, ways_}; }

    [[nodiscard]] PlanCache::Figures figures() const;

    ModelInfo info_;
    Options options_;
    int threads_;
    std::string summary_;
    mutable PackedWeights packed_;
    mutable Ways ways_;
    std::unique_ptr<const Program> program_;
    Bodies bodies_;
};

}  // namespace onecnn::core
