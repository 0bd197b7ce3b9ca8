// SPDX-License-Identifier: Apache-2.0
// Figures of a model by key, for whoever watches it.
#include <algorithm>
#include <array>
#include <string>

#include "runtime/error.h"
#include "runtime/fork_gate.h"
#include "runtime/model.h"

namespace onecnn::core {

namespace {

std::int64_t weight_bytes(const Graph& graph) {
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < graph.value_count(); ++i) {
        const Tensor* tensor = graph.constant(static_cast<ValueId>(i));
        bytes += tensor == nullptr ? 0 : static_cast<std::int64_t>(tensor->bytes());
    }
    return bytes;
}

struct Stat {
    const char* key;
    std::int64_t (*figure)(const Model& model, const PlanCache::Figures& plans);
};

constexpr std::array stats{
    Stat{"ir_version", [](const Model& model, const auto&) { return model.info().ir_version; }},
    Stat{"opset", [](const Model& model, const auto&) { return model.info().opset; }},
    Stat{"model_version", [](const Model& model, const auto&) { return model.info().model_version; }},
    Stat{"nodes",
         [](const Model& model, const auto&) { return static_cast<std::int64_t>(model.graph().nodes.size()); }},
    Stat{"file_nodes", [](const Model& model, const auto&) { return model.info().file_nodes; }},
    Stat{"parameters", [](const Model& model, const auto&) { return model.info().parameters; }},
    Stat{"weight_bytes",
         [](const Model& model, const auto&) {
             std::int64_t bytes = weight_bytes(model.graph());
             for (const auto& [subgraph, body] : model.bodies()) {
                 bytes += weight_bytes(body->graph());
             }
             return bytes;
         }},
    Stat{"plans", [](const Model&, const auto& plans) { return plans.plans; }},
    Stat{"plan_bytes", [](const Model&, const auto& plans) { return plans.bytes; }},
    Stat{"plan_hits", [](const Model&, const auto& plans) { return plans.hits; }},
    Stat{"plan_misses", [](const Model&, const auto& plans) { return plans.misses; }},
    Stat{"plan_evictions", [](const Model&, const auto& plans) { return plans.evictions; }},
    Stat{"threads", [](const Model& model, const auto&) { return std::int64_t{model.threads()}; }},
};

}  // namespace

PlanCache::Figures Model::figures() const {
    PlanCache::Figures sum = program_->figures();
    for (const auto& [subgraph, body] : bodies_) {
        const PlanCache::Figures own = body->figures();
        sum.plans += own.plans;
        sum.bytes += own.bytes;
        sum.hits += own.hits;
        sum.misses += own.misses;
        sum.evictions += own.evictions;
    }
    return sum;
}

const char* Model::stat_key(std::size_t index) noexcept { return index < stats.size() ? stats[index].key : nullptr; }

std::int64_t Model::stat(std::string_view key) const {
    const auto* found = std::ranges::find_if(stats, [key](const Stat& stat) { return stat.key == key; });
    if (found != stats.end()) {
        const ForkGate gate;
        return found->figure(*this, figures());
    }
    std::string keys;
    for (const Stat& stat : stats) {
        keys.append(keys.empty() ? "" : ", ").append(stat.key);
    }
    fail(ErrorCode::invalid_argument, "there is no figure '", key, "'; there are ", keys);
}

}  // namespace onecnn::core
