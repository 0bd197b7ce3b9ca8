// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan_builder.h"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <utility>

#include "kernels/transpose.h"
#include "ops/lower_context.h"
#include "ops/operator.h"
#include "runtime/memory_planner.h"

namespace onecnn::core {

namespace {

/// Folded results larger than this stay computed: a constant takes memory for as long as the plan lives.
constexpr std::size_t max_folded_bytes = std::size_t{64} << 20;

constexpr std::size_t index_of(Layout layout) { return static_cast<std::size_t>(layout); }

/// What the builder knows of a value: its facts, and the slots that hold it, one for each layout it is in.
struct ValueState {
    TensorFacts facts;
    std::optional<Tensor> folded;  // keeps facts.elements alive
    std::array<std::optional<Slot>, 2> slots;
};

struct SlotState {
    SlotSource source;
    std::size_t bytes = 0;
};

class Builder {
public:
    Builder(const Graph& graph, const PlanSettings& settings)
        : graph_(graph), settings_(settings), values_(graph.value_count()) {}

    void set_inputs(const PlanKey& key, const std::vector<std::size_t>& value_inputs);
    void add_nodes(bool fold);
    [[nodiscard]] std::shared_ptr<Plan> finish();

private:
    friend class NodeLowering;

    [[nodiscard]] ValueState& state(ValueId id) { return values_[static_cast<std::size_t>(id)]; }

    void load_constant(ValueId id);
    void add_node(const Node& node, bool fold);
    void check_limits(const Node& node, const TensorFacts& facts) const;
    [[nodiscard]] bool foldable(const Node& node);
    [[nodiscard]] bool makes_nothing(const Node& node);

    [[nodiscard]] Slot new_slot(SlotSource source, std::size_t bytes);
    [[nodiscard]] Slot slot_of(ValueId id, Layout layout);
    void add_step(std::unique_ptr<Step> step, const Node* node);
    void write_outputs();
    void place_arena();

    const Graph& graph_;
    const PlanSettings& settings_;
    std::deque<ValueState> values_;
    std::vector<SlotState> slots_;
    Region region_;
    std::size_t constant_bytes_ = 0;
};

/// The builder as one node's lowering sees it.
class NodeLowering final : public LowerContext {
public:
    NodeLowering(Builder& builder, const Node& node) : builder_(builder), node_(node) {}

    [[nodiscard]] const Node& node() const override { return node_; }
    [[nodiscard]] std::size_t input_count() const override { return node_.inputs.size(); }
    [[nodiscard]] std::size_t output_count() const override { return node_.outputs.size(); }
    [[nodiscard]] bool has_input(std::size_t index) const override {
        return index < node_.inputs.size() && node_.inputs[index] != ValueId::none;
    }
    [[nodiscard]] bool has_output(std::size_t index) const override {
        return index < node_.outputs.size() && node_.outputs[index] != ValueId::none;
    }
    [[nodiscard]] DType dtype(std::size_t index) const override { return in(index).facts.dtype; }
    [[nodiscard]] const Shape& shape(std::size_t index) const override { return in(index).facts.shape; }
    [[nodiscard]] DType output_dtype(std::size_t index) const override { return out(index).facts.dtype; }
    [[nodiscard]] const Shape& output_shape(std::size_t index) const override { return out(index).facts.shape; }
    [[nodiscard]] const Tensor* constant(std::size_t index) const override { return in(index).facts.elements; }

    [[nodiscard]] Layout layout(std::size_t index) const override {
        const auto& slots = in(index).slots;
        return !slots[index_of(Layout::row_major)] && slots[index_of(Layout::channels_last)] ? Layout::channels_last
                                                                                             : Layout::row_major;
    }

    [[nodiscard]] Slot input(std::size_t index, Layout layout) override {
        return builder_.slot_of(node_.inputs.at(index), layout);
    }

    [[nodiscard]] Slot output(std::size_t index, Layout layout) override {
        ValueState& value = builder_.state(node_.outputs.at(index));
        const std::size_t bytes = byte_count(value.facts.dtype, value.facts.shape);
        const Slot slot = builder_.new_slot({SlotSource::Kind::arena, 0, nullptr}, bytes);
        store(value, slot, layout);
        return slot;
    }

    void alias(std::size_t output, std::size_t input) override {
        store(builder_.state(node_.outputs.at(output)), this->input(input, Layout::row_major), Layout::row_major);
    }

    [[nodiscard]] Slot constant_slot(const Tensor& tensor) override {
        return builder_.new_slot({SlotSource::Kind::constant, 0, tensor.storage()}, tensor.bytes());
    }

    [[nodiscard]] Slot packed_slot(const Tensor& tensor, const dnnl::memory::desc& from,
                                   const dnnl::memory::desc& to) override {
        auto storage = builder_.settings_.packed.get(tensor, from, to);
        builder_.constant_bytes_ += to.get_size();
        return builder_.new_slot({SlotSource::Kind::constant, 0, std::move(storage)}, to.get_size());
    }

    /// Gives each output a slot, for a node whose outputs have no elements.
    void store_empty() {
        for (std::size_t i = 0; i < output_count(); ++i) {
            if (has_output(i)) {
                static_cast<void>(output(i, Layout::row_major));
            }
        }
    }

    void add(std::unique_ptr<Step> step) override { builder_.add_step(std::move(step), &node_); }

private:
    [[nodiscard]] ValueState& in(std::size_t index) const { return builder_.state(node_.inputs.at(index)); }
    [[nodiscard]] ValueState& out(std::size_t index) const { return builder_.state(node_.outputs.at(index)); }

    static void store(ValueState& value, Slot slot, Layout layout) {
        value.slots[index_of(layout)] = slot;
        if (layouts_coincide(value.facts.shape)) {
            value.slots = {slot, slot};
        }
    }

    Builder& builder_;
    const Node& node_;
};

void Builder::set_inputs(const PlanKey& key, const std::vector<std::size_t>& value_inputs) {
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
        ValueState& value = state(graph_.inputs[i]);
        value.facts = {graph_.value(graph_.inputs[i]).type.dtype, key.shapes[i], nullptr};
        const Slot slot =
            new_slot({SlotSource::Kind::input, i, nullptr}, byte_count(value.facts.dtype, value.facts.shape));
        value.slots[index_of(Layout::row_major)] = slot;
        if (layouts_coincide(value.facts.shape)) {
            value.slots[index_of(Layout::channels_last)] = slot;
        }
    }
    for (std::size_t i = 0; i < value_inputs.size(); ++i) {
        ValueState& value = state(graph_.inputs[value_inputs[i]]);
        value.folded = key.elements[i];
        value.facts.elements = &*value.folded;
    }
}

void Builder::load_constant(ValueId id) {
    ValueState& value = state(id);
    if (const Tensor* tensor = graph_.constant(id); tensor != nullptr && value.facts.elements == nullptr) {
        value.facts = {tensor->dtype(), tensor->shape(), tensor};
    }
}

void Builder::check_limits(const Node& node, const TensorFacts& facts) const {
    if (facts.shape.size() > max_rank) {
        fail(ErrorCode::unsupported_operator, describe(node), ": its result ", to_string(facts.shape), " has rank ",
             facts.shape.size(), ", more than ", max_rank);
    }
    const auto bytes = byte_count(facts.dtype, facts.shape);
    if (bytes > static_cast<std::size_t>(settings_.options.limits.tensor_bytes)) {
        fail(ErrorCode::resource_limit, describe(node), ": its result ", to_string(facts.shape), " takes ", bytes,
             " bytes, more than the limit tensor_bytes of ", settings_.options.limits.tensor_bytes);
    }
}

bool Builder::foldable(const Node& node) {
    const auto known = [&](ValueId id) { return id == ValueId::none || state(id).facts.elements != nullptr; };
    return std::ranges::all_of(node.inputs, known) && std::ranges::all_of(node.outputs, [&](ValueId id) {
               return id == ValueId::none ||
                      byte_count(state(id).facts.dtype, state(id).facts.shape) <= max_folded_bytes;
           });
}

bool Builder::makes_nothing(const Node& node) {
    return std::ranges::all_of(
        node.outputs, [&](ValueId id) { return id == ValueId::none || element_count(state(id).facts.shape) == 0; });
}

void Builder::add_node(const Node& node, bool fold) {
    const Operator& op = find_operator(node);
    std::vector<const TensorFacts*> inputs;
    for (const ValueId id : node.inputs) {
        if (id != ValueId::none) {
            load_constant(id);
        }
        inputs.push_back(id == ValueId::none ? nullptr : &state(id).facts);
    }
    std::vector<TensorFacts> outputs(node.outputs.size());
    InferContext infer(node, inputs, outputs);
    try {
        op.infer(infer);
    } catch (const Error& error) {
        // Sizes are computed by functions that know no node.
        if (error.code() == ErrorCode::resource_limit) {
            fail(error.code(), describe(node), ": ", error.message());
        }
        throw;
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        if (node.outputs[i] == ValueId::none) {
            continue;
        }
        check_limits(node, outputs[i]);
        state(node.outputs[i]).facts = std::move(outputs[i]);
    }
    if (fold && foldable(node)) {
        std::vector<const Tensor*> elements;
        for (const TensorFacts* input : inputs) {
            elements.push_back(input == nullptr ? nullptr : input->elements);
        }
        std::vector<Tensor> results = evaluate(node, elements, settings_);
        for (std::size_t i = 0; i < results.size(); ++i) {
            if (node.outputs[i] != ValueId::none) {
                ValueState& value = state(node.outputs[i]);
                value.folded = std::move(results[i]);
                value.facts.elements = &*value.folded;
            }
        }
        return;
    }
    NodeLowering lowering(*this, node);
    if (makes_nothing(node)) {
        lowering.store_empty();
        return;
    }
    try {
        op.lower(lowering);
    } catch (const dnnl::error& error) {
        if (error.status == dnnl_out_of_memory) {
            fail(ErrorCode::out_of_memory, describe(node), ": oneDNN has not the memory it needs");
        }
        fail(ErrorCode::unsupported_operator, describe(node),
             ": oneDNN has no primitive for these shapes and attributes (", error.message, ")");
    }
}

void Builder::add_nodes(bool fold) {
    for (const Node& node : graph_.nodes) {
        add_node(node, fold);
    }
}

Slot Builder::new_slot(SlotSource source, std::size_t bytes) {
    slots_.push_back({std::move(source), bytes});
    return static_cast<Slot>(slots_.size() - 1);
}

Slot Builder::slot_of(ValueId id, Layout layout) {
    load_constant(id);
    ValueState& value = state(id);
    auto& wanted = value.slots[index_of(layout)];
    if (wanted) {
        return *wanted;
    }
    const Layout other = layout == Layout::row_major ? Layout::channels_last : Layout::row_major;
    auto& present = value.slots[index_of(other)];
    if (!present && value.facts.elements != nullptr) {
        const Slot slot =
            new_slot({SlotSource::Kind::constant, 0, value.facts.elements->storage()}, value.facts.elements->bytes());
        constant_bytes_ += value.folded ? value.folded->bytes() : 0;
        value.slots[index_of(Layout::row_major)] = slot;
        if (layouts_coincide(value.facts.shape)) {
            value.slots[index_of(Layout::channels_last)] = slot;
        }
        return slot_of(id, layout);
    }
    if (!present) {
        fail(ErrorCode::internal, "value '", graph_.value(id).name, "' is used before it is made");
    }
    const Slot made = new_slot({SlotSource::Kind::arena, 0, nullptr}, byte_count(value.facts.dtype, value.facts.shape));
    auto step = make_relayout_step(value.facts.dtype, value.facts.shape, other, layout, *present, made);
    step->node = graph_.value(id).name;
    step->op_type = "Reorder";
    add_step(std::move(step), nullptr);
    wanted = made;
    return made;
}

void Builder::add_step(std::unique_ptr<Step> step, const Node* node) {
    if (node != nullptr) {
        step->node = node->name;
        step->op_type = node->op_type;
    }
    region_.scratch_bytes = std::max(region_.scratch_bytes, step->scratch_bytes());
    region_.steps.push_back(std::move(step));
}

void Builder::write_outputs() {
    for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
        const ValueId id = graph_.outputs[i];
        const Slot slot = slot_of(id, Layout::row_major);
        const TensorFacts& facts = state(id).facts;
        SlotState& source = slots_[static_cast<std::size_t>(slot)];
        // What a step makes goes straight to the caller; what is an input, a constant or another output is copied.
        if (source.source.kind == SlotSource::Kind::arena) {
            source.source = {SlotSource::Kind::output, i, nullptr};
            continue;
        }
        const Slot copy = new_slot({SlotSource::Kind::output, i, nullptr}, source.bytes);
        auto step = make_copy_step(byte_count(facts.dtype, facts.shape), slot, copy);
        step->node = graph_.value(id).name;
        step->op_type = "Copy";
        add_step(std::move(step), nullptr);
    }
}

void Builder::place_arena() {
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
    if (layout.bytes > static_cast<std::size_t>(settings_.options.limits.run_bytes)) {
        fail(ErrorCode::resource_limit, "a run needs ", layout.bytes,
             " bytes for intermediate tensors, more than the limit "
             "run_bytes of ",
             settings_.options.limits.run_bytes);
    }
    region_.arena_bytes = layout.bytes;
    for (std::size_t i = 0; i < slots.size(); ++i) {
        slots_[slots[i]].source.offset = layout.offsets[i];
    }
}

std::shared_ptr<Plan> Builder::finish() {
    write_outputs();
    place_arena();
    std::vector<SlotSource> sources;
    for (SlotState& slot : slots_) {
        sources.push_back(std::move(slot.source));
    }
    std::vector<Plan::Output> outputs;
    for (const ValueId id : graph_.outputs) {
        const TensorFacts& facts = state(id).facts;
        outputs.push_back({facts.dtype, facts.shape, byte_count(facts.dtype, facts.shape)});
    }
    return std::make_shared<Plan>(std::move(region_), std::move(sources), std::move(outputs), settings_.threads,
                                  constant_bytes_);
}

}  // namespace

std::shared_ptr<Plan> build_plan(const Graph& graph, const PlanKey& key, const std::vector<std::size_t>& value_inputs,
                                 const PlanSettings& settings) {
    const OneThread one_thread;
    Builder builder(graph, settings);
    builder.set_inputs(key, value_inputs);
    builder.add_nodes(true);
    return builder.finish();
}

std::vector<Tensor> evaluate(const Node& node, const std::vector<const Tensor*>& inputs, const PlanSettings& settings) {
    const OneThread one_thread;
    Graph graph;
    Node alone = node;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        alone.inputs[i] = inputs[i] == nullptr ? ValueId::none
                                               : graph.add_constant(concat("input ", i, " of ", node.name), *inputs[i]);
    }
    std::vector<std::size_t> present;
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        if (node.outputs[i] != ValueId::none) {
            alone.outputs[i] = graph.add_value({concat("output ", i, " of ", node.name), {}, std::nullopt});
            graph.outputs.push_back(alone.outputs[i]);
            present.push_back(i);
        }
    }
    graph.nodes.push_back(std::move(alone));

    Builder builder(graph, settings);
    builder.add_nodes(false);
    const auto plan = builder.finish();
    std::vector<Tensor> results(node.outputs.size());
    std::vector<std::byte*> pointers;
    for (std::size_t i = 0; i < present.size(); ++i) {
        const Plan::Output& output = plan->outputs()[i];
        results[present[i]] = Tensor(output.dtype, output.shape);
        pointers.push_back(results[present[i]].data());
    }
    auto context = plan->acquire_context();
    plan->execute(*context, {}, pointers, {});
    return results;
}

}  // namespace onecnn::core
