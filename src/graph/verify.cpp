// SPDX-License-Identifier: Apache-2.0
#include "graph/verify.h"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.h"

namespace onecnn::core {

namespace {

/// `who` gives the name of whoever is wrong, for messages: it is called only when something is.
class Verifier {
public:
    explicit Verifier(const Graph& graph) : graph_(graph), made_(graph.value_count(), false) {}

    void run() {
        constants();
        inputs();
        for (const Node& node : graph_.nodes) {
            check(node);
        }
        outputs();
    }

private:
    void constants();
    void inputs();
    void check(const Node& node);
    void outputs() const;
    template <typename Who>
    void require_known(ValueId id, const Who& who) const;
    template <typename Who>
    void make(ValueId id, const Who& who);
    void require_names(std::span<const ValueId> ids, std::string_view role) const;

    [[nodiscard]] bool made(ValueId id) const { return made_[static_cast<std::size_t>(id)]; }

    const Graph& graph_;
    std::vector<bool> made_;
};

void Verifier::constants() {
    for (std::size_t i = 0; i < graph_.value_count(); ++i) {
        made_[i] = graph_.value(static_cast<ValueId>(i)).constant.has_value();
    }
}

void Verifier::inputs() {
    require_names(graph_.inputs, "input");
    for (const ValueId id : graph_.inputs) {
        make(id, [] { return "the caller"; });
    }
}

void Verifier::check(const Node& node) {
    const auto who = [&node] { return describe(node); };
    for (const ValueId id : node.inputs) {
        if (id == ValueId::none) {
            continue;
        }
        require_known(id, who);
        if (!made(id)) {
            fail(ErrorCode::invalid_model, who(), " reads '", graph_.value(id).name,
                 "', which nothing before it gives");
        }
    }
    if (node.outputs.empty() || std::ranges::all_of(node.outputs, [](ValueId id) { return id == ValueId::none; })) {
        fail(ErrorCode::invalid_model, who(), " gives no output");
    }
    for (const ValueId id : node.outputs) {
        if (id != ValueId::none) {
            make(id, who);
        }
    }
}

void Verifier::outputs() const {
    require_names(graph_.outputs, "output");
    for (const ValueId id : graph_.outputs) {
        if (!made(id)) {
            fail(ErrorCode::invalid_model, "output '", graph_.value(id).name, "' is given by no node");
        }
    }
}

template <typename Who>
void Verifier::require_known(ValueId id, const Who& who) const {
    if (static_cast<std::size_t>(id) >= graph_.value_count()) {
        fail(ErrorCode::invalid_model, who(), " refers to value ", static_cast<std::size_t>(id),
             " of a graph that has ", graph_.value_count());
    }
}

template <typename Who>
void Verifier::make(ValueId id, const Who& who) {
    require_known(id, who);
    if (made(id)) {
        fail(ErrorCode::invalid_model, who(), " gives '", graph_.value(id).name, "', which is given already");
    }
    made_[static_cast<std::size_t>(id)] = true;
}

void Verifier::require_names(std::span<const ValueId> ids, std::string_view role) const {
    std::set<std::string_view> names;
    for (const ValueId id : ids) {
        require_known(id, [role] { return concat("the graph's list of ", role, "s"); });
        const std::string& name = graph_.value(id).name;
        if (name.empty()) {
            fail(ErrorCode::invalid_model, "a graph's ", role, " has no name");
        }
        if (!names.insert(name).second) {
            fail(ErrorCode::invalid_model, "the graph lists ", role, " '", name, "' twice");
        }
    }
}

}  // namespace

void verify(const Graph& graph) { Verifier(graph).run(); }

}  // namespace onecnn::core
