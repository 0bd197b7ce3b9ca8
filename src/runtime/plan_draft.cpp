// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan_draft.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <utility>

#include "kernels/transpose.h"
#include "kernels/view.h"
#include "runtime/error.h"
#include "runtime/memory_planner.h"

namespace onecnn::core {

void ValueState::store(Slot slot, Layout layout) {
    this->slot(layout) = slot;
    if (layouts_coincide(facts.shape)) {
        slots = {slot, slot};
    }
}

void PlanDraft::set_inputs(const PlanKey& key, const std::vector<std::size_t>& value_inputs) {
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
        ValueState& input = value(graph_.inputs[i]);
        if (key.dtypes[i] == DType::undefined || key.dtypes[i] == DType::string) {
            input.stage = Stage::values;
            continue;
        }
        input.facts = {key.dtypes[i], key.shapes[i], nullptr};
        const std::size_t bytes = byte_count(input.facts.dtype, input.facts.shape);
        input.store(new_slot({SlotSource::Kind::input, i, nullptr}, bytes), Layout::row_major);
    }
    for (std::size_t i = 0; i < value_inputs.size(); ++i) {
        if (const ValueId id = graph_.inputs[value_inputs[i]]; value(id).stage == Stage::region) {
            set_elements(id, key.elements[i]);
        }
    }
}

ValueState& PlanDraft::value(ValueId id) {
    ValueState& state = values_[static_cast<std::size_t>(id)];
    if (const Tensor* tensor = graph_.constant(id); tensor != nullptr && state.facts.elements == nullptr) {
        state.facts = {tensor->dtype(), tensor->shape(), tensor};
        state.stage = tensor->dtype() == DType::string ? Stage::values : Stage::region;
    }
    return state;
}

void PlanDraft::set_elements(ValueId id, Tensor elements) {
    if (id != ValueId::none) {
        ValueState& state = value(id);
        state.known = std::move(elements);
        state.facts = {state.known->dtype(), state.known->shape(), &*state.known};
        state.stage = state.known->dtype() == DType::string ? Stage::values : Stage::region;
    }
}

Slot PlanDraft::new_slot(SlotSource source, std::size_t bytes) {
    slots_.push_back({std::move(source), bytes, {}});
    return static_cast<Slot>(slots_.size() - 1);
}

Slot PlanDraft::new_constant(std::shared_ptr<const std::byte> storage, std::size_t bytes, const Tensor& tensor) {
    constant_bytes_ += bytes;
    const Slot slot = new_slot({SlotSource::Kind::constant, 0, std::move(storage)}, bytes);
    SlotDescription& description = slots_[static_cast<std::size_t>(slot)].description;
    description.dtype = tensor.dtype();
    description.shape = tensor.shape();
    return slot;
}

Slot PlanDraft::new_arena_slot(const TensorFacts& facts) {
    return new_slot({SlotSource::Kind::arena, 0, nullptr}, byte_count(facts.dtype, facts.shape));
}

Place PlanDraft::new_place(ValueId id) {
    ValueState& state = value(id);
    const auto inside = placement_.of(id);
    const ValueId owner = inside ? inside->owner : id;
    ValueState& root = value(owner);
    if (!root.place) {
        root.place = Place{new_arena_slot(root.facts), 0, root.facts.shape[1]};
    }
    if (inside) {
        const std::int64_t begin = inside->channel * (bits(state.facts.dtype) / 8);
        state.place = Place{root.place->slot, static_cast<std::size_t>(begin), root.place->pixel_stride};
    }
    if (owner == id) {
        state.store(state.place->slot, Layout::channels_last);
    }
    return *state.place;
}

Place PlanDraft::place_of(ValueId id) {
    const ValueState& state = value(id);
    if (state.place) {
        return *state.place;
    }
    return {slot_of(id, Layout::channels_last), 0, state.facts.shape[1]};
}

void PlanDraft::take_out(ValueId id) {
    ValueState& state = value(id);
    const TensorFacts& facts = state.facts;
    const std::int64_t element_bytes = bits(facts.dtype) / 8;
    const std::int64_t pixels = facts.shape[0] * element_count(facts.shape, 2, facts.shape.size());
    const View view{{{pixels, state.place->pixel_stride}, {facts.shape[1], 1}},
                    static_cast<std::int64_t>(state.place->offset) / element_bytes};
    const Slot dense = new_arena_slot(facts);
    if (element_count(facts.shape) > 0) {
        add_step(make_view_copy_step(facts.dtype, view, state.place->slot, dense), graph_.value(id).name, "Reorder");
    }
    state.store(dense, Layout::channels_last);
}

Slot PlanDraft::slot_of(ValueId id, Layout layout) {
    ValueState& state = value(id);
    if (!state.slots[0] && !state.slots[1] && state.place) {
        take_out(id);
    }
    if (!state.slots[0] && !state.slots[1] && state.reshapes) {
        state.store(slot_of(*state.reshapes, Layout::row_major), Layout::row_major);
    }
    const Layout other = layout == Layout::row_major ? Layout::channels_last : Layout::row_major;
    if (!state.slot(layout) && !state.slot(other) && state.facts.elements != nullptr) {
        const Tensor& elements = *state.facts.elements;
        // What the graph holds anyway is not the plan's to count.
        const Slot slot = state.known ? new_constant(elements.storage(), elements.bytes(), elements)
                                      : new_slot({SlotSource::Kind::constant, 0, elements.storage()}, elements.bytes());
        state.store(slot, Layout::row_major);
    }
    if (state.slot(layout)) {
        return *state.slot(layout);
    }
    if (!state.slot(other)) {
        fail(ErrorCode::internal, "value '", graph_.value(id).name, "' is used before it is made");
    }
    const TensorFacts& facts = state.facts;
    const Slot moved = new_arena_slot(facts);
    add_step(make_relayout_step(facts.dtype, facts.shape, other, layout, *state.slot(other), moved),
             graph_.value(id).name, "Reorder");
    state.slot(layout) = moved;
    return moved;
}

void PlanDraft::add_step(std::unique_ptr<Step> step, std::string node, std::string op_type) {
    step->node = std::move(node);
    step->op_type = std::move(op_type);
    region_.scratch_bytes = std::max(region_.scratch_bytes, step->scratch_bytes());
    region_.steps.push_back(std::move(step));
}

void PlanDraft::write_outputs() {
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
        const ValueId id = outputs_[i];
        const Slot slot = slot_of(id, Layout::row_major);
        SlotState& made = slots_[static_cast<std::size_t>(slot)];
        // What a step makes goes straight to the caller; what is an input, a constant or another output is copied.
        if (made.source.kind == SlotSource::Kind::arena) {
            made.source = {SlotSource::Kind::output, i, nullptr};
            continue;
        }
        const std::size_t bytes = made.bytes;
        const Slot copy = new_slot({SlotSource::Kind::output, i, nullptr}, bytes);
        add_step(make_copy_step(bytes, slot, copy), graph_.value(id).name, "Copy");
    }
}

void PlanDraft::place_arena() {
    std::vector<Lifetime> lifetimes;
    std::vector<std::size_t> slots;
    std::vector<std::optional<std::size_t>> place(slots_.size());
    for (std::size_t step = 0; step < region_.steps.size(); ++step) {
        const auto touch = [&](Slot slot) {
            const auto index = static_cast<std::size_t>(slot);
            if (slots_[index].source.kind != SlotSource::Kind::arena) {
                return;
            }
            if (!place[index]) {
                place[index] = lifetimes.size();
                slots.push_back(index);
                lifetimes.push_back({slots_[index].bytes, step, step});
            }
            lifetimes[*place[index]].last = step;
        };
        std::ranges::for_each(region_.steps[step]->reads, touch);
        std::ranges::for_each(region_.steps[step]->writes, touch);
    }
    const ArenaLayout layout = plan_arena(lifetimes);
    std::size_t run_bytes =
        layout.bytes + region_.scratch_bytes * static_cast<std::size_t>(std::max(1, settings_.threads));
    for (const ValueId id : outputs_) {
        run_bytes += byte_count(value(id).facts.dtype, value(id).facts.shape);
    }
    if (run_bytes > static_cast<std::size_t>(settings_.options.limits.run_bytes)) {
        fail(ErrorCode::resource_limit, "a run needs ", run_bytes,
             " bytes for intermediate tensors and outputs, more than the limit run_bytes of ",
             settings_.options.limits.run_bytes);
    }
    region_.arena_bytes = layout.bytes;
    for (std::size_t i = 0; i < slots.size(); ++i) {
        slots_[slots[i]].source.offset = layout.offsets[i];
    }
}

void PlanDraft::describe_slots() {
    for (const ValueState& value : values_) {
        for (const Layout layout : {Layout::row_major, Layout::channels_last}) {
            if (!value.slot(layout)) {
                continue;
            }
            SlotDescription& description = slots_[static_cast<std::size_t>(*value.slot(layout))].description;
            // A view is the same slot under a later shape.
            if (description.dtype == DType::undefined) {
                description.dtype = value.facts.dtype;
                description.shape = value.facts.shape;
                description.layout = layout;
            }
        }
    }
    for (SlotState& slot : slots_) {
        slot.description.constant = slot.source.kind == SlotSource::Kind::constant;
        slot.description.bytes = slot.bytes;
        region_.slots.push_back(std::move(slot.description));
    }
}

std::int64_t PlanDraft::work() const {
    std::int64_t sum = 0;
    for (const auto& step : region_.steps) {
        const std::int64_t work = std::max<std::int64_t>(step->work, 0);
        sum = work > INT64_MAX - sum ? INT64_MAX : sum + work;
    }
    return sum;
}

void PlanDraft::add_value_node(const Node& node) {
    value_nodes_.push_back(&node);
    for (const ValueId id : node.outputs) {
        if (id != ValueId::none) {
            value(id).stage = Stage::values;
        }
    }
}

void PlanDraft::leave(const Node& node) {
    left_.push_back(&node);
    for (const ValueId id : node.outputs) {
        if (id != ValueId::none) {
            value(id).stage = Stage::rest;
        }
    }
}

bool PlanDraft::is_given(ValueId id) const {
    return graph_.constant(id) != nullptr || std::ranges::find(graph_.inputs, id) != graph_.inputs.end();
}

void PlanDraft::need_value(ValueId id, Continuation& continuation) {
    const auto have = [id](const auto& ids) { return std::ranges::find(ids, id) != ids.end(); };
    const ValueState& state = value(id);
    if (state.facts.elements != nullptr) {
        if (!have(continuation.known | std::views::keys)) {
            continuation.known.emplace_back(id, *state.facts.elements);
        }
    } else if (state.stage == Stage::region && !have(graph_.inputs) && !have(outputs_)) {
        outputs_.push_back(id);
    }
}

Graph PlanDraft::take_rest(std::vector<ValueId>& inputs) {
    Graph rest;
    rest.name = graph_.name;
    std::map<ValueId, ValueId> moved;
    const auto move = [&](ValueId id) {
        if (id == ValueId::none) {
            return id;
        }
        const auto [entry, added] = moved.emplace(id, ValueId::none);
        if (!added) {
            return entry->second;
        }
        const Value& original = graph_.value(id);
        const ValueState& state = value(id);
        if (state.facts.elements != nullptr) {
            return entry->second = rest.add_constant(original.name, *state.facts.elements);
        }
        ValueType type;
        if (state.stage == Stage::region) {
            type.dtype = state.facts.dtype;
            type.shape.emplace();
            for (const std::int64_t dim : state.facts.shape) {
                type.shape->push_back({dim, {}});
            }
        }
        entry->second = rest.add_value({original.name, std::move(type), std::nullopt});
        if (state.stage != Stage::rest) {
            rest.inputs.push_back(entry->second);
            inputs.push_back(id);
        }
        return entry->second;
    };
    for (const Node* node : left_) {
        Node& copy = rest.nodes.emplace_back(*node);
        std::ranges::transform(copy.inputs, copy.inputs.begin(), move);
        std::ranges::transform(copy.outputs, copy.outputs.begin(), move);
    }
    for (const ValueId id : graph_.outputs) {
        if (value(id).stage == Stage::rest) {
            rest.outputs.push_back(moved.at(id));
        }
    }
    return rest;
}

std::unique_ptr<Continuation> PlanDraft::make_continuation(int level) {
    auto continuation = std::make_unique<Continuation>(graph_);
    continuation->nodes = value_nodes_;
    for (const Node* node : value_nodes_) {
        for (const ValueId id : node->inputs) {
            if (id != ValueId::none) {
                need_value(id, *continuation);
            }
        }
    }
    if (!left_.empty()) {
        if (level == max_levels) {
            fail(ErrorCode::resource_limit, describe(*left_[0]), ": it waits for the ", max_levels,
                 "th shape in a row that depends on elements, which is the limit");
        }
        auto rest = take_rest(continuation->rest_inputs);
        for (const ValueId id : continuation->rest_inputs) {
            need_value(id, *continuation);
        }
        // What is kept for shapes that come again is a fraction of what the whole model may keep.
        const std::int64_t plan_bytes = settings_.options.limits.plan_bytes / 16;
        continuation->rest = std::make_unique<const Program>(std::move(rest), settings_, plan_bytes, level + 1);
    }
    std::size_t left = 0;
    for (const ValueId id : graph_.outputs) {
        if (value(id).stage == Stage::rest) {
            continuation->outputs.push_back({ValueId::none, left++});
        } else {
            need_value(id, *continuation);
            continuation->outputs.push_back({id, 0});
        }
    }
    return continuation;
}

void PlanDraft::check_declared_outputs() {
    for (const ValueId id : graph_.outputs) {
        const ValueState& state = value(id);
        const ValueType& declared = graph_.value(id).type;
        if (state.stage == Stage::region && declared.dtype != DType::undefined && declared.dtype != state.facts.dtype) {
            fail(ErrorCode::invalid_model, "output '", graph_.value(id).name, "' is declared as ", name(declared.dtype),
                 " and computed as ", name(state.facts.dtype));
        }
    }
}

std::shared_ptr<Plan> PlanDraft::finish(int level) {
    check_declared_outputs();
    const bool whole = value_nodes_.empty() && left_.empty() && std::ranges::all_of(graph_.outputs, [&](ValueId id) {
                           return value(id).stage == Stage::region;
                       });
    std::unique_ptr<Continuation> continuation;
    if (whole) {
        outputs_ = graph_.outputs;
    } else {
        continuation = make_continuation(level);
        continuation->region_outputs = outputs_;
    }
    write_outputs();
    place_arena();
    describe_slots();
    std::vector<SlotSource> sources;
    for (SlotState& slot : slots_) {
        sources.push_back(std::move(slot.source));
    }
    std::vector<Plan::Output> outputs;
    for (const ValueId id : outputs_) {
        const TensorFacts& facts = value(id).facts;
        outputs.push_back({facts.dtype, facts.shape, byte_count(facts.dtype, facts.shape)});
    }
    return std::make_shared<Plan>(std::move(region_), std::move(sources), std::move(outputs), settings_.threads,
                                  constant_bytes_, std::move(continuation));
}

}  // namespace onecnn::core
