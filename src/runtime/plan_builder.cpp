// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan_builder.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "graph/attributes.h"
#include "graph/uses.h"
#include "ops/lower_context.h"
#include "ops/operator.h"
#include "runtime/plan_draft.h"
#include "runtime/shaped_nodes.h"

namespace onecnn::core {

namespace {

class Builder {
public:
    Builder(const Graph& graph, PlanDraft& draft, FoldingBudget& budget)
        : graph_(graph), draft_(draft), budget_(budget), made_(graph.value_count(), false) {}

    /// Adds one node: nothing where its outputs are known already, their elements where they can be folded, else their
    /// facts; or leaves it to what follows the region.
    void add(const Node& node, bool fold);

    /// Adds the steps of all nodes that need some, now that the facts of every value are known: a Concat's inputs may then
    /// be made inside its result.
    void lower();

private:
    [[nodiscard]] std::vector<const TensorFacts*> facts_of_inputs(const Node& node);
    [[nodiscard]] Stage stage_of_inputs(const Node& node);
    void add_to_region(const Node& node, const Operator& op, bool fold);
    void add_to_values(const Node& node, const Operator& op);
    /// Sets the facts of a node's outputs. False where its operator works on values instead.
    [[nodiscard]] bool infer(const Node& node, const Operator& op, const std::vector<const TensorFacts*>& inputs);
    /// Adds a node's steps; true where they do its consumer's work too.
    [[nodiscard]] bool lower(const Node& node, const Node* consumer);
    [[nodiscard]] bool joins_channels(const Node& node);
    [[nodiscard]] std::vector<Placement::Part> parts_to_place(const Node& node);
    void check_limits(const Node& node, const TensorFacts& facts) const;
    [[nodiscard]] bool all_known(const std::vector<ValueId>& ids);
    [[nodiscard]] bool folded(const Node& node, const std::vector<const TensorFacts*>& inputs);
    [[nodiscard]] bool makes_nothing(const Node& node);

    /// For each pending node the one that alone reads its output 0, by index.
    [[nodiscard]] std::vector<std::optional<std::size_t>> consumers(const Uses& uses) const;

    const Graph& graph_;
    PlanDraft& draft_;
    FoldingBudget& budget_;
    std::vector<Node> pending_;  // whose outputs steps will make
    std::vector<bool> made_;     // by value: whether steps will make it
};

/// The draft as one node's lowering sees it.
class NodeLowering final : public LowerContext {
public:
    NodeLowering(PlanDraft& draft, const Node& node, const Node* consumer)
        : draft_(draft), node_(node), consumer_(consumer) {}

    [[nodiscard]] bool took_over_consumer() const { return took_over_; }

    [[nodiscard]] const Node* consumer() const override { return took_over_ ? nullptr : consumer_; }
    [[nodiscard]] const Shape& consumer_output_shape() const override {
        return draft_.value(consumer_->outputs[0]).facts.shape;
    }
    void take_over_consumer() override { took_over_ = true; }

    [[nodiscard]] std::string_view way(const std::string& node, std::span<const std::string_view> ways) override {
        return draft_.settings().ways.of(node, ways);
    }

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
        const ValueState& value = in(index);
        const bool channels_last = value.slot(Layout::channels_last) || value.place;
        return !value.slot(Layout::row_major) && channels_last ? Layout::channels_last : Layout::row_major;
    }

    [[nodiscard]] Slot input(std::size_t index, Layout layout) override {
        return draft_.slot_of(node_.inputs.at(index), layout);
    }

    [[nodiscard]] Slot output(std::size_t index, Layout layout) override {
        ValueState& value = out(index);
        const std::size_t bytes = byte_count(value.facts.dtype, value.facts.shape);
        const Slot slot = draft_.new_slot({SlotSource::Kind::arena, 0, nullptr}, bytes);
        value.store(slot, layout);
        value.place.reset();
        return slot;
    }

    [[nodiscard]] Place input_place(std::size_t index) override { return draft_.place_of(node_.inputs.at(index)); }

    [[nodiscard]] Place output_place(std::size_t index) override { return draft_.new_place(out_id(index)); }

    void view_channels(std::size_t output, std::size_t input, std::int64_t channel) override {
        Place place = input_place(input);
        place.offset += static_cast<std::size_t>(channel * (bits(dtype(input)) / 8));
        out(output).place = place;
    }

    void alias(std::size_t output, std::size_t input) override {
        if (shape(input) == output_shape(output)) {
            const Layout same = layout(input);
            out(output).store(this->input(input, same), same);
        } else if (layout(input) == Layout::channels_last) {
            out(output).reshapes = node_.inputs[input];  // it need not be moved for a reader that takes it as it lies
        } else {
            out(output).store(this->input(input, Layout::row_major), Layout::row_major);
        }
    }

    [[nodiscard]] const Shape* reshaped_pixels(std::size_t index) const override {
        const ValueState& value = in(index);
        const bool moved = value.slots[0] || value.slots[1] || !value.reshapes;
        return moved ? nullptr : &draft_.value(*value.reshapes).facts.shape;
    }

    [[nodiscard]] Slot pixels(std::size_t index) override {
        return draft_.slot_of(in(index).reshapes.value(), Layout::channels_last);
    }

    [[nodiscard]] Slot constant_slot(const Tensor& tensor) override {
        return draft_.new_constant(tensor.storage(), tensor.bytes(), tensor);
    }

    [[nodiscard]] Slot packed_slot(const Tensor& tensor, const dnnl::memory::desc& from,
                                   const dnnl::memory::desc& to) override {
        return draft_.new_constant(draft_.settings().packed.get(tensor, from, to), to.get_size(), tensor);
    }

    [[nodiscard]] Slot packed_slot(const Tensor& tensor, const std::string& form, std::size_t bytes,
                                   const std::function<void(std::byte*)>& pack) override {
        return draft_.new_constant(draft_.settings().packed.get(tensor, form, bytes, pack), bytes, tensor);
    }

    [[nodiscard]] Slot temporary(std::size_t bytes) override {
        return draft_.new_slot({SlotSource::Kind::arena, 0, nullptr}, bytes);
    }

    /// Gives each output a slot, for a node whose outputs have no elements.
    void store_empty() {
        for (std::size_t i = 0; i < output_count(); ++i) {
            if (has_output(i)) {
                static_cast<void>(output(i, Layout::row_major));
            }
        }
    }

    [[nodiscard]] bool low_memory() const override { return draft_.settings().options.low_memory; }
    [[nodiscard]] bool deterministic() const override { return draft_.settings().options.deterministic; }

    void add(std::unique_ptr<Step> step) override { draft_.add_step(std::move(step), node_.name, node_.op_type); }

private:
    [[nodiscard]] ValueState& in(std::size_t index) const { return draft_.value(node_.inputs.at(index)); }
    [[nodiscard]] ValueId out_id(std::size_t index) const {
        return (took_over_ ? *consumer_ : node_).outputs.at(index);
    }
    [[nodiscard]] ValueState& out(std::size_t index) const { return draft_.value(out_id(index)); }

    PlanDraft& draft_;
    const Node& node_;
    const Node* consumer_;
    bool took_over_ = false;
};

void Builder::check_limits(const Node& node, const TensorFacts& facts) const {
    if (facts.shape.size() > max_rank) {
        fail(ErrorCode::unsupported_operator, describe(node), ": its result ", to_string(facts.shape), " has rank ",
             facts.shape.size(), ", more than ", max_rank);
    }
    const auto bytes = byte_count(facts.dtype, facts.shape);
    if (bytes > static_cast<std::size_t>(draft_.settings().options.limits.tensor_bytes)) {
        fail(ErrorCode::resource_limit, describe(node), ": its result ", to_string(facts.shape), " takes ", bytes,
             " bytes, more than the limit tensor_bytes of ", draft_.settings().options.limits.tensor_bytes);
    }
}

bool Builder::all_known(const std::vector<ValueId>& ids) {
    return std::ranges::all_of(
        ids, [&](ValueId id) { return id == ValueId::none || draft_.value(id).facts.elements != nullptr; });
}

bool Builder::makes_nothing(const Node& node) {
    return std::ranges::all_of(node.outputs, [&](ValueId id) {
        return id == ValueId::none || element_count(draft_.value(id).facts.shape) == 0;
    });
}

std::vector<const TensorFacts*> Builder::facts_of_inputs(const Node& node) {
    std::vector<const TensorFacts*> facts;
    for (const ValueId id : node.inputs) {
        facts.push_back(id == ValueId::none ? nullptr : &draft_.value(id).facts);
    }
    return facts;
}

bool Builder::infer(const Node& node, const Operator& op, const std::vector<const TensorFacts*>& inputs) {
    std::vector<TensorFacts> outputs(node.outputs.size());
    InferContext context(node, inputs, outputs);
    try {
        op.infer(context);
    } catch (const ElementsUnknown&) {
        throw;
    } catch (const Error& error) {
        // Sizes are computed by functions that know no node.
        if (error.code() == ErrorCode::resource_limit) {
            fail(error.code(), describe(node), ": ", error.message());
        }
        throw;
    }
    if (context.on_values()) {
        return false;
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        if (node.outputs[i] == ValueId::none) {
            continue;
        }
        if (outputs[i].dtype == DType::undefined) {
            fail(ErrorCode::invalid_model, describe(node), ": it has no output ", i, " in this form");
        }
        check_limits(node, outputs[i]);
        draft_.value(node.outputs[i]).facts = std::move(outputs[i]);
        if (auto& elements = context.known_elements()[i]) {
            draft_.set_elements(node.outputs[i], *std::move(elements));
        }
    }
    return true;
}

bool Builder::lower(const Node& node, const Node* consumer) {
    NodeLowering lowering(draft_, node, consumer);
    if (makes_nothing(node)) {
        lowering.store_empty();
        return false;
    }
    try {
        find_operator(node).lower(lowering);
    } catch (const dnnl::error& error) {
        if (error.status == dnnl_out_of_memory) {
            fail(ErrorCode::out_of_memory, describe(node), ": oneDNN has not the memory it needs");
        }
        fail(ErrorCode::unsupported_operator, describe(node),
             ": oneDNN has no primitive for these shapes and attributes (", error.message, ")");
    }
    return lowering.took_over_consumer();
}

std::vector<std::optional<std::size_t>> Builder::consumers(const Uses& uses) const {
    std::vector<std::optional<std::size_t>> readers(made_.size());
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        for (const ValueId id : pending_[i].inputs) {
            if (id != ValueId::none && uses.count(id) == 1) {
                readers[static_cast<std::size_t>(id)] = i;
            }
        }
    }
    std::vector<std::optional<std::size_t>> consumers;
    for (const Node& node : pending_) {
        consumers.push_back(readers[static_cast<std::size_t>(node.outputs[0])]);
    }
    return consumers;
}

bool Builder::joins_channels(const Node& node) {
    const std::size_t rank = draft_.value(node.outputs[0]).facts.shape.size();
    return node.domain.empty() && node.op_type == "Concat" && rank >= 3 &&
           normalized_axis(required_attribute<std::int64_t>(node, "axis"), rank, describe(node) + ": axis") == 1;
}

std::vector<Placement::Part> Builder::parts_to_place(const Node& node) {
    std::vector<Placement::Part> parts;
    std::int64_t channel = 0;
    for (const ValueId id : node.inputs) {
        const TensorFacts& facts = draft_.value(id).facts;
        if (made_[static_cast<std::size_t>(id)] && facts.elements == nullptr) {
            parts.push_back({id, channel});
        }
        channel += facts.shape[1];
    }
    return parts;
}

void Builder::lower() {
    const Uses uses(graph_);
    if (draft_.settings().options.optimize) {
        const ShapedNodes shaped{graph_, uses,
                                 [this](ValueId id) -> const TensorFacts& { return draft_.value(id).facts; }, pending_};
        fuse_channel_shuffles(shaped);
        fuse_addends(shaped);
        fuse_quantized_sums(shaped);
    }
    Placement placement(made_.size());
    for (const Node& node : pending_ | std::views::reverse) {
        if (joins_channels(node)) {
            placement.put(node.outputs[0], parts_to_place(node));
        }
    }
    draft_.set_placement(std::move(placement));
    const auto consumer_of = consumers(uses);
    std::vector<bool> taken_over(pending_.size(), false);
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        const Node* const consumer = consumer_of[i] ? &pending_[*consumer_of[i]] : nullptr;
        if (!taken_over[i] && lower(pending_[i], consumer)) {
            taken_over[*consumer_of[i]] = true;
        }
    }
}

Stage Builder::stage_of_inputs(const Node& node) {
    Stage stage = Stage::region;
    for (const ValueId id : node.inputs) {
        if (id != ValueId::none) {
            stage = std::max(stage, draft_.value(id).stage);
        }
    }
    return stage;
}

void Builder::add(const Node& node, bool fold) {
    const Stage stage = stage_of_inputs(node);
    if (stage == Stage::rest) {
        draft_.leave(node);
        return;
    }
    const Operator& op = find_operator(node);
    if (stage == Stage::region && op.infer != nullptr) {
        add_to_region(node, op, fold);
        return;
    }
    if (!fold || !all_known(node.inputs) || !folded(node, facts_of_inputs(node))) {
        add_to_values(node, op);
    }
}

void Builder::add_to_region(const Node& node, const Operator& op, bool fold) {
    const auto inputs = facts_of_inputs(node);
    try {
        if (!infer(node, op, inputs)) {
            if (!fold || !all_known(node.inputs) || !folded(node, inputs)) {
                add_to_values(node, op);
            }
            return;
        }
    } catch (const ElementsUnknown& unknown) {
        if (draft_.is_given(node.inputs.at(unknown.input()))) {
            throw;
        }
        draft_.leave(node);
        return;
    }
    if (all_known(node.outputs) || (fold && all_known(node.inputs) && folded(node, inputs))) {
        return;
    }
    pending_.push_back(node);
    for (const ValueId id : node.outputs) {
        if (id != ValueId::none) {
            made_[static_cast<std::size_t>(id)] = true;
        }
    }
}

void Builder::add_to_values(const Node& node, const Operator& op) {
    std::optional<std::size_t> odd;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.inputs[i] == ValueId::none || draft_.value(node.inputs[i]).stage != Stage::values) {
            continue;
        }
        // What it works on depends on what a node before it makes, which only the run can tell.
        if (op.infer != nullptr && !draft_.is_given(node.inputs[i])) {
            draft_.leave(node);
            return;
        }
        odd = i;
    }
    if (op.execute == nullptr) {
        fail(ErrorCode::unsupported_operator, describe(node), ": input ", odd.value_or(0),
             " is no tensor of numbers; the operator takes nothing else");
    }
    draft_.add_value_node(node);
}

bool Builder::folded(const Node& node, const std::vector<const TensorFacts*>& inputs) {
    std::vector<const Tensor*> elements;
    for (const TensorFacts* input : inputs) {
        elements.push_back(input == nullptr ? nullptr : input->elements);
    }
    auto results = evaluate(node, elements, draft_.settings(), budget_);
    if (!results) {
        return false;
    }
    for (std::size_t i = 0; i < results->size(); ++i) {
        draft_.set_elements(node.outputs[i], std::move((*results)[i]));
    }
    return true;
}

}  // namespace

std::shared_ptr<Plan> build_plan(const Graph& graph, const PlanKey& key, const std::vector<std::size_t>& value_inputs,
                                 const PlanSettings& settings, int level) {
    const OneThread one_thread;
    PlanDraft draft(graph, settings);
    draft.set_inputs(key, value_inputs);
    FoldingBudget budget;
    Builder builder(graph, draft, budget);
    for (const Node& node : graph.nodes) {
        builder.add(node, true);
    }
    builder.lower();
    return draft.finish(level);
}

namespace {

/// What a node's operator makes of constants on values; nothing where it is no tensor, or passes the budget.
std::optional<std::vector<Tensor>> evaluate_on_values(const Node& node, const std::vector<const Tensor*>& inputs,
                                                      const PlanSettings& settings, FoldingBudget& budget) {
    std::vector<Datum> data;
    std::vector<const Datum*> pointers;
    data.reserve(inputs.size());
    for (const Tensor* input : inputs) {
        if (input != nullptr && Datum(*input).bytes() > budget.value_bytes) {
            return std::nullopt;
        }
    }
    for (const Tensor* input : inputs) {
        pointers.push_back(input == nullptr ? nullptr : &data.emplace_back(*input));
    }
    std::size_t bytes = 0;
    std::vector<Tensor> results;
    for (const Datum& datum : execute_node(node, pointers, {{}, settings.options, {}})) {
        bytes += datum.bytes();
        if (datum.tensor() == nullptr || bytes > budget.bytes) {
            return std::nullopt;
        }
        results.push_back(*datum.tensor());
    }
    budget.bytes -= bytes;
    return results;
}

}  // namespace

std::optional<std::vector<Tensor>> evaluate(const Node& node, const std::vector<const Tensor*>& inputs,
                                            const PlanSettings& settings, FoldingBudget& budget) {
    const bool has_subgraph = std::ranges::any_of(node.attributes, [](const auto& attribute) {
        return std::holds_alternative<std::shared_ptr<Subgraph>>(attribute.second);
    });
    if (has_subgraph) {
        return std::nullopt;
    }
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

    PlanDraft draft(graph, settings);
    Builder builder(graph, draft, budget);
    builder.add(graph.nodes[0], false);
    builder.lower();
    if (!draft.value_nodes().empty()) {
        return evaluate_on_values(node, inputs, settings, budget);
    }
    std::size_t bytes = 0;
    for (const ValueId id : graph.outputs) {
        bytes += byte_count(draft.value(id).facts.dtype, draft.value(id).facts.shape);
    }
    const std::int64_t work = draft.work();
    if (bytes > budget.bytes || work > budget.work) {
        return std::nullopt;
    }
    budget.bytes -= bytes;
    budget.work -= work;
    const auto plan = draft.finish(0);
    std::vector<Tensor> results(node.outputs.size());
    std::vector<std::byte*> pointers;
    for (std::size_t i = 0; i < present.size(); ++i) {
        const Plan::Output& output = plan->outputs()[i];
        results[present[i]] = Tensor(output.dtype, output.shape);
        pointers.push_back(results[present[i]].data());
    }
    auto context = plan->acquire_context();
    plan->execute(*context, {}, pointers, {}, nullptr);
    return results;
}

}  // namespace onecnn::core
