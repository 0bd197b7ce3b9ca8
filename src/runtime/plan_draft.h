// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "kernels/layout.h"
#include "kernels/place.h"
#include "ops/operator.h"
#include "runtime/placement.h"
#include "runtime/plan_builder.h"
#include "runtime/program.h"

namespace onecnn::core {

/// When a value is there in a run.
enum class Stage {
    region,  ///< a tensor whose shape is known
    values,  ///< once the region has run: whatever the caller gave or a node that works on values made
    rest,    ///< once the shapes that the rest of the graph waits for are known
};

/// What is known of a value while a plan is made: its facts, and the slots that hold it densely, one for each layout.
struct ValueState {
    Stage stage = Stage::region;
    TensorFacts facts;            ///< of stage region
    std::optional<Tensor> known;  ///< keeps facts.elements alive where they are not the graph's
    std::array<std::optional<Slot>, 2> slots;
    std::optional<Place> place;       ///< where it lies inside another value, or may be going to
    std::optional<ValueId> reshapes;  ///< the value that it is under another shape, until somebody wants it row-major

    [[nodiscard]] std::optional<Slot>& slot(Layout layout) { return slots[static_cast<std::size_t>(layout)]; }
    [[nodiscard]] const std::optional<Slot>& slot(Layout layout) const {
        return slots[static_cast<std::size_t>(layout)];
    }

    /// Says that a slot holds the value.
    void store(Slot slot, Layout layout);
};

/// A plan in the making: its values, slots and steps, and at the end its memory.
class PlanDraft {
public:
    PlanDraft(const Graph& graph, const PlanSettings& settings)
        : graph_(graph), settings_(settings), values_(graph.value_count()) {}

    void set_inputs(const PlanKey& key, const std::vector<std::size_t>& value_inputs);

    [[nodiscard]] const PlanSettings& settings() const { return settings_; }

    /// Says which values are to lie inside others, once all facts are known and before any step is added.
    void set_placement(Placement placement) { placement_ = std::move(placement); }

    /// A value; a constant of the graph with its facts.
    [[nodiscard]] ValueState& value(ValueId id);

    /// Gives a value its elements; nothing for `none`.
    void set_elements(ValueId id, Tensor elements);

    [[nodiscard]] Slot new_slot(SlotSource source, std::size_t bytes);

    /// A slot for constant memory that the plan keeps, which holds the elements of `tensor` in whatever order.
    [[nodiscard]] Slot new_constant(std::shared_ptr<const std::byte> storage, std::size_t bytes, const Tensor& tensor);

    /// The slot that holds a value in a layout; a step that moves it there is added where it lies in another.
    [[nodiscard]] Slot slot_of(ValueId id, Layout layout);

    /// Where a value lies channels last, dense or not.
    [[nodiscard]] Place place_of(ValueId id);

    /// Where a value that is being made goes, channels last.
    [[nodiscard]] Place new_place(ValueId id);

    void add_step(std::unique_ptr<Step> step, std::string node, std::string op_type);

    /// Adds a node that works on values once the region has run.
    void add_value_node(const Node& node);
    /// Leaves a node to the rest of the graph.
    void leave(const Node& node);

    /// Of all steps so far; the most there can be where it is more.
    [[nodiscard]] std::int64_t work() const;

    [[nodiscard]] const std::vector<const Node*>& value_nodes() const { return value_nodes_; }

    /// Whether a value is one of the graph's inputs or constants.
    [[nodiscard]] bool is_given(ValueId id) const;

    /// The plan. Nothing may be added after it. `level`: see build_plan.
    [[nodiscard]] std::shared_ptr<Plan> finish(int level);

private:
    struct SlotState {
        SlotSource source;
        std::size_t bytes = 0;
        SlotDescription description;
    };

    [[nodiscard]] Slot new_arena_slot(const TensorFacts& facts);
    /// Copies a value from inside another one to a slot of its own.
    void take_out(ValueId id);
    void check_declared_outputs();
    void write_outputs();
    void place_arena();
    void describe_slots();
    [[nodiscard]] std::unique_ptr<Continuation> make_continuation(int level);
    [[nodiscard]] Graph take_rest(std::vector<ValueId>& inputs);
    /// Sees to it that a value is there once the region has run.
    void need_value(ValueId id, Continuation& continuation);

    const Graph& graph_;
    const PlanSettings& settings_;
    Placement placement_;
    std::deque<ValueState> values_;
    std::vector<SlotState> slots_;
    Region region_;
    std::vector<ValueId> outputs_;  // of the region
    std::vector<const Node*> value_nodes_;
    std::vector<const Node*> left_;
    std::size_t constant_bytes_ = 0;
};

}  // namespace onecnn::core
