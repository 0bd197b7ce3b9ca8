// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "ops/quantized_conv.h"
#include "ops/quantized_sum.h"
#include "runtime/shaped_nodes.h"

namespace onecnn::core {

namespace {

using Conv = QuantizedConvInputs;
using Sum = QuantizedSumInputs;

class Fusion {
public:
    explicit Fusion(const ShapedNodes& shaped)
        : shaped_(shaped), nodes_(shaped.nodes), gone_(shaped.nodes.size(), false) {}

    void run() {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            if (nodes_[i].domain == "onecnn" && nodes_[i].op_type == "QuantizedSum") {
                fuse(i);
            } else if (takes_addend(nodes_[i])) {
                convs_[nodes_[i].outputs[0]] = i;
            }
        }
        erase_nodes(nodes_, gone_);
    }

private:
    /// A QLinearConv that the kernels for int8 take.
    [[nodiscard]] bool takes_addend(const Node& node) const {
        if (!node.domain.empty() || node.op_type != "QLinearConv" || node.activation || node.addend) {
            return false;
        }
        const auto constant = [&](std::size_t index) {
            return index < node.inputs.size() ? shaped_.graph.constant(node.inputs[index]) : nullptr;
        };
        const Tensor* const weights = constant(Conv::w);
        const Tensor* const zeros = constant(Conv::w_zero);
        const bool plain = weights != nullptr && weights->dtype() == DType::int8 && weights->shape().size() <= 4 &&
                           (node.inputs[Conv::w_zero] == ValueId::none ||
                            (zeros != nullptr && std::ranges::all_of(zeros->as<std::int8_t>(),
                                                                     [](std::int8_t zero) { return zero == 0; })));
        const auto known = [&](std::size_t index) { return constant(index) != nullptr; };
        return plain && known(Conv::x_scale) && known(Conv::x_zero) && known(Conv::w_scale) && known(Conv::y_scale) &&
               known(Conv::y_zero) && (node.inputs.size() <= Conv::bias || known(Conv::bias));
    }

    [[nodiscard]] std::optional<std::size_t> conv_of(const Node& sum, std::size_t operand) const {
        const ValueId id = sum.inputs[operand];
        const auto found = convs_.find(id);
        if (found == convs_.end() || shaped_.uses.count(id) != 1) {
            return std::nullopt;
        }
        const Node& conv = nodes_[found->second];
        const bool same = conv.inputs[Conv::y_scale] == sum.inputs[operand + 1] &&
                          conv.inputs[Conv::y_zero] == sum.inputs[operand + 2];
        return same ? std::optional(found->second) : std::nullopt;
    }

    /// The sum takes the convolution's place, as the other operand may be made after it.
    void fuse(std::size_t index) {
        Node& sum = nodes_[index];
        const auto first = conv_of(sum, Sum::a);
        const auto second = conv_of(sum, Sum::b);
        const auto conv = std::max(first, second);
        if (!conv || shaped_.facts(sum.inputs[Sum::a]).shape != shaped_.facts(sum.inputs[Sum::b]).shape) {
            return;
        }
        const std::size_t other = conv == first ? Sum::b : Sum::a;
        Node fused = std::move(nodes_[*conv]);
        gone_[*conv] = true;
        fused.inputs.resize(Conv::addend, ValueId::none);
        fused.addend = Conv::addend;
        fused.inputs.insert(fused.inputs.end(), {sum.inputs[other], sum.inputs[other + 1], sum.inputs[other + 2],
                                                 sum.inputs[Sum::y_scale], sum.inputs[Sum::y_zero]});
        fused.activation = std::move(sum.activation);
        fused.outputs = std::move(sum.outputs);
        sum = std::move(fused);
    }

    const ShapedNodes& shaped_;
    std::vector<Node>& nodes_;
    std::vector<bool> gone_;
    std::map<ValueId, std::size_t> convs_;  // by what they make
};

}  // namespace

void fuse_quantized_sums(const ShapedNodes& shaped) { Fusion(shaped).run(); }

}  // namespace onecnn::core
