// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "graph/attributes.h"
#include "graph/uses.h"
#include "passes/passes.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

bool is(const Node& node, std::string_view op_type) { return node.domain.empty() && node.op_type == op_type; }

std::optional<Shape> integers(const Graph& graph, ValueId id) {
    const Tensor* tensor = graph.constant(id);
    if (tensor == nullptr || tensor->dtype() != DType::int64) {
        return std::nullopt;
    }
    const auto values = tensor->as<std::int64_t>();
    return Shape(values.begin(), values.end());
}

bool pads_with_zeros(const Graph& graph, const Node& pad) {
    if (pad.inputs.size() > 2 && pad.inputs[2] != ValueId::none) {
        const Tensor* value = graph.constant(pad.inputs[2]);
        if (value == nullptr || value->dtype() != DType::float32 || value->size() != 1 || value->as<float>()[0] != 0) {
            return false;
        }
    }
    return attribute<std::string>(pad, "mode", "constant") == "constant";
}

/// What a Pad of zeros adds to the spatial dimensions of a tensor of that rank, the begins and then the ends; nothing where
/// it does anything else.
std::optional<Shape> spatial_pads(const Graph& graph, const Node& pad, std::size_t rank) {
    const auto pads = integers(graph, pad.inputs[1]);
    const bool named = pad.inputs.size() > 3 && pad.inputs[3] != ValueId::none;
    Shape all(rank);
    std::iota(all.begin(), all.end(), 0);
    const auto axes = named ? integers(graph, pad.inputs[3]) : std::optional(all);
    if (!pads || !axes || pads->size() != 2 * axes->size() || !pads_with_zeros(graph, pad)) {
        return std::nullopt;
    }
    Shape result(2 * (rank - 2), 0);
    for (std::size_t i = 0; i < pads->size(); ++i) {
        const std::int64_t named_axis = (*axes)[i % axes->size()];
        const std::int64_t axis = named_axis < 0 ? named_axis + static_cast<std::int64_t>(rank) : named_axis;
        constexpr std::int64_t most = 1 << 20;
        if ((*pads)[i] == 0) {
            continue;
        }
        if ((*pads)[i] < 0 || (*pads)[i] > most || axis < 2 || axis >= static_cast<std::int64_t>(rank)) {
            return std::nullopt;
        }
        result[static_cast<std::size_t>(axis) - 2 + (i < axes->size() ? 0 : rank - 2)] += (*pads)[i];
    }
    return result;
}

/// The rank of what a window slides over, as far as the node tells.
std::optional<std::size_t> rank_of(const Graph& graph, const Node& node) {
    if (is(node, "Conv")) {
        const Tensor* weights = graph.constant(node.inputs[1]);
        return weights != nullptr && weights->shape().size() > 2 && weights->dtype() == DType::float32
                   ? std::optional(weights->shape().size())
                   : std::nullopt;
    }
    const auto kernel = is(node, "AveragePool") ? find_attribute<Shape>(node, "kernel_shape") : std::nullopt;
    return kernel && !kernel->empty() ? std::optional(kernel->size() + 2) : std::nullopt;
}

/// Whether zeros around its input are the same to a node as padding of its own.
bool takes_pads(const Node& node, const Shape& own) {
    if (attribute<std::string>(node, "auto_pad", "NOTSET") != "NOTSET") {
        return false;
    }
    if (is(node, "Conv")) {
        return true;
    }
    // Zeros count in an average, its own padding only where it says so.
    const bool counts = attribute<std::int64_t>(node, "count_include_pad", 0) != 0;
    const bool none = std::ranges::all_of(own, [](std::int64_t pad) { return pad == 0; });
    return attribute<std::int64_t>(node, "ceil_mode", 0) == 0 && (counts || none);
}

/// Whether each window of a pooling sees some of the input, as its operator asks.
bool stays_in_windows(const Node& node, const Shape& pads) {
    if (is(node, "Conv")) {
        return true;
    }
    const Shape kernel = required_attribute<Shape>(node, "kernel_shape");
    for (std::size_t i = 0; i < pads.size(); ++i) {
        if (pads[i] >= kernel[i % kernel.size()]) {
            return false;
        }
    }
    return true;
}

}  // namespace

void fuse_pad(Graph& graph) {
    const Uses uses(graph);
    for (Node& node : graph.nodes) {
        const auto rank = rank_of(graph, node);
        const auto producer = rank ? uses.producer(node.inputs[0]) : std::nullopt;
        if (!producer || !is(graph.nodes[*producer], "Pad") || uses.count(node.inputs[0]) != 1) {
            continue;
        }
        const Node& pad = graph.nodes[*producer];
        Shape own = attribute<Shape>(node, "pads", Shape(2 * (*rank - 2), 0));
        const auto added = spatial_pads(graph, pad, *rank);
        if (!added || own.size() != added->size() || !takes_pads(node, own)) {
            continue;
        }
        for (std::size_t i = 0; i < own.size(); ++i) {
            own[i] = checked_add(own[i], (*added)[i]);
        }
        if (!stays_in_windows(node, own)) {
            continue;
        }
        node.attributes.insert_or_assign("pads", std::move(own));
        if (is(node, "AveragePool")) {
            node.attributes.insert_or_assign("count_include_pad", std::int64_t{1});
        }
        node.inputs[0] = pad.inputs[0];
    }
    remove_dead_nodes(graph);
}

}  // namespace onecnn::core
