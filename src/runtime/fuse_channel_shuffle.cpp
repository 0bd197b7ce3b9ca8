// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <utility>

#include "graph/attributes.h"
#include "runtime/shaped_nodes.h"

namespace onecnn::core {

namespace {

bool is(const Node& node, std::string_view op_type) { return node.domain.empty() && node.op_type == op_type; }

/// Channel c of the result is which of the input, where these are seen as a matrix [groups, channels / groups] and transposed.
Shape shuffled(std::int64_t channels, std::int64_t groups) {
    Shape permutation;
    for (std::int64_t c = 0; c < channels; ++c) {
        permutation.push_back(c % groups * (channels / groups) + c / groups);
    }
    return permutation;
}

/// Whether `split` is `whole` with its channels as a matrix.
bool splits_channels(const Shape& whole, const Shape& split) {
    return whole.size() == 4 && split.size() == 5 && split[0] == whole[0] && split[1] * split[2] == whole[1] &&
           split[3] == whole[2] && split[4] == whole[3] && split[1] > 0;
}

}  // namespace

void fuse_channel_shuffles(const ShapedNodes& shaped) {
    std::map<ValueId, std::size_t> maker;
    std::vector<bool> gone(shaped.nodes.size(), false);
    const auto before = [&](const Node& node, std::string_view op_type) -> const Node* {
        const auto found = maker.find(node.inputs[0]);
        const bool alone = found != maker.end() && shaped.uses.count(node.inputs[0]) == 1;
        return alone && is(shaped.nodes[found->second], op_type) ? &shaped.nodes[found->second] : nullptr;
    };
    for (std::size_t i = 0; i < shaped.nodes.size(); ++i) {
        Node& join = shaped.nodes[i];
        maker[join.outputs[0]] = i;
        const Node* transpose = is(join, "Reshape") ? before(join, "Transpose") : nullptr;
        const Node* split = transpose != nullptr ? before(*transpose, "Reshape") : nullptr;
        if (split == nullptr || find_attribute<Shape>(*transpose, "perm") != Shape{0, 2, 1, 3, 4}) {
            continue;
        }
        const TensorFacts& x = shaped.facts(split->inputs[0]);
        const Shape& matrix = shaped.facts(split->outputs[0]).shape;
        if (x.dtype != DType::float32 || !splits_channels(x.shape, matrix) ||
            shaped.facts(join.outputs[0]).shape != x.shape) {
            continue;
        }
        gone[maker.at(transpose->inputs[0])] = true;
        gone[maker.at(join.inputs[0])] = true;
        Node shuffle;
        shuffle.name = join.name;
        shuffle.domain = "onecnn";
        shuffle.op_type = "PermuteChannels";
        shuffle.inputs = {split->inputs[0]};
        shuffle.outputs = join.outputs;
        shuffle.attributes.emplace("permutation", shuffled(x.shape[1], matrix[1]));
        join = std::move(shuffle);
    }
    erase_nodes(shaped.nodes, gone);
}

}  // namespace onecnn::core
