// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "graph/bounds.h"
#include "passes/activation.h"
#include "runtime/shaped_nodes.h"

namespace onecnn::core {

namespace {

class Fusion {
public:
    explicit Fusion(const ShapedNodes& shaped)
        : shaped_(shaped), nodes_(shaped.nodes), gone_(shaped.nodes.size(), false) {}

    void run() {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            if (is_sum(nodes_[i])) {
                fuse_sum(i);
            } else {
                fuse_activation(i);
            }
            for (const ValueId id : nodes_[i].outputs) {
                if (id != ValueId::none && !gone_[i]) {
                    maker_[id] = i;
                }
            }
        }
        erase_nodes(nodes_, gone_);
    }

private:
    /// Of float32 tensors of one shape.
    [[nodiscard]] bool is_sum(const Node& node) const {
        if (!node.domain.empty() || (node.op_type != "Add" && node.op_type != "Sum") || node.inputs.size() != 2) {
            return false;
        }
        const TensorFacts& result = shaped_.facts(node.outputs[0]);
        return result.dtype == DType::float32 && shaped_.facts(node.inputs[0]).shape == result.shape &&
               shaped_.facts(node.inputs[1]).shape == result.shape;
    }

    /// The Conv that makes a value which nobody else reads.
    [[nodiscard]] std::optional<std::size_t> conv_of(ValueId id) const {
        const auto maker = maker_.find(id);
        if (maker == maker_.end() || shaped_.uses.count(id) != 1) {
            return std::nullopt;
        }
        const Node& node = nodes_[maker->second];
        const bool free = !node.addend && !node.activation;
        return free && node.domain.empty() && node.op_type == "Conv" ? std::optional(maker->second) : std::nullopt;
    }

    /// The sum takes the Conv's place, as the other operand may be made after the Conv.
    void fuse_sum(std::size_t index) {
        Node& sum = nodes_[index];
        const auto first = conv_of(sum.inputs[0]);
        const auto second = conv_of(sum.inputs[1]);
        const auto conv = std::max(first, second);
        if (!conv) {
            return;
        }
        const ValueId addend = sum.inputs[conv == first ? 1 : 0];
        const ValueId result = sum.outputs[0];
        sum = std::move(nodes_[*conv]);
        gone_[*conv] = true;
        sum.inputs.resize(3, ValueId::none);
        sum.addend = sum.inputs.size();
        sum.inputs.push_back(addend);
        sum.outputs[0] = result;
    }

    void fuse_activation(std::size_t index) {
        Node& node = nodes_[index];
        const auto maker = node.inputs.empty() ? maker_.end() : maker_.find(node.inputs[0]);
        if (maker == maker_.end() || shaped_.uses.count(node.inputs[0]) != 1) {
            return;
        }
        Node& sum = nodes_[maker->second];
        auto activation =
            sum.activation || !(sum.addend || is_sum(sum)) ? std::nullopt : as_activation(shaped_.graph, node);
        if (activation && as_bounds(activation)) {
            sum.activation = std::move(activation);
            sum.outputs[0] = node.outputs[0];
            gone_[index] = true;
            maker_[sum.outputs[0]] = maker->second;
        }
    }

    const ShapedNodes& shaped_;
    std::vector<Node>& nodes_;
    std::vector<bool> gone_;
    std::map<ValueId, std::size_t> maker_;
};

}  // namespace

void fuse_addends(const ShapedNodes& shaped) { Fusion(shaped).run(); }

}  // namespace onecnn::core
