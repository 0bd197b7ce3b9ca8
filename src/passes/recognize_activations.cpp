// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "graph/attributes.h"
#include "graph/uses.h"
#include "passes/passes.h"

namespace onecnn::core {

namespace {

bool near(double x, double wanted) { return std::abs(x - wanted) <= 1e-5 * std::abs(wanted); }

/// A value times a number.
struct Scaled {
    ValueId value;
    double factor;
};

/// Two values and a number that are multiplied.
struct Product {
    std::array<ValueId, 2> factors;
    double number;
};

/// Finds the nodes that make an activation out of simpler operators.
class Recognizer {
public:
    explicit Recognizer(const Graph& graph) : graph_(graph), uses_(graph) {}

    /// What a node that ends such a group would be as one operator.
    [[nodiscard]] std::optional<Node> as_one(const Node& node) const {
        const auto product = product_of(node);
        if (!product) {
            return std::nullopt;
        }
        for (const std::size_t gate : {1, 0}) {
            const ValueId x = product->factors[1 - gate];
            if (auto made = gated(x, product->factors[gate], product->number)) {
                made->name = node.name;
                made->opset = node.opset;
                made->inputs = {x};
                made->outputs = node.outputs;
                return made;
            }
        }
        return std::nullopt;
    }

private:
    [[nodiscard]] const Node* maker(ValueId id, std::string_view op_type) const {
        const auto producer = id == ValueId::none ? std::nullopt : uses_.producer(id);
        const Node* node = producer ? &graph_.nodes[*producer] : nullptr;
        return node != nullptr && node->domain.empty() && node->op_type == op_type ? node : nullptr;
    }

    /// A scalar, which leaves the other operand's shape as it is.
    [[nodiscard]] std::optional<double> number(ValueId id) const {
        const Tensor* tensor = graph_.constant(id);
        const bool scalar = tensor != nullptr && tensor->dtype() == DType::float32 && tensor->shape().empty();
        return scalar ? std::optional(static_cast<double>(tensor->as<float>()[0])) : std::nullopt;
    }

    /// A node of two operands as a value and a number.
    [[nodiscard]] std::optional<Scaled> with_number(const Node& node) const {
        for (const std::size_t i : {1, 0}) {
            if (const auto found = number(node.inputs[i])) {
                return Scaled{node.inputs[1 - i], *found};
            }
        }
        return std::nullopt;
    }

    /// The factor 1 for a value that is no product with a number.
    [[nodiscard]] Scaled scaled(ValueId id) const {
        if (const Node* mul = maker(id, "Mul")) {
            return with_number(*mul).value_or(Scaled{id, 1});
        }
        const Node* div = maker(id, "Div");
        const auto divisor = div == nullptr ? std::nullopt : number(div->inputs[1]);
        return divisor ? Scaled{div->inputs[0], 1 / *divisor} : Scaled{id, 1};
    }

    /// The value to which a number is added.
    [[nodiscard]] std::optional<ValueId> less(ValueId id, double wanted) const {
        const Node* add = maker(id, "Add");
        const auto sum = add == nullptr ? std::nullopt : with_number(*add);
        return sum && near(sum->factor, wanted) ? std::optional(sum->value) : std::nullopt;
    }

    /// What is multiplied by a node and those of its operands that are products with a number.
    [[nodiscard]] std::optional<Product> product_of(const Node& node) const {
        if (!node.domain.empty() || node.outputs[0] == ValueId::none ||
            (node.op_type != "Mul" && node.op_type != "Div")) {
            return std::nullopt;
        }
        const Scaled outer = scaled(node.outputs[0]);
        const bool numbered = outer.value != node.outputs[0];
        const Node* mul = numbered ? maker(outer.value, "Mul") : node.op_type == "Mul" ? &node : nullptr;
        if (mul == nullptr) {
            return std::nullopt;
        }
        const Scaled a = scaled(mul->inputs[0]);
        const Scaled b = scaled(mul->inputs[1]);
        return Product{{a.value, b.value}, outer.factor * a.factor * b.factor};
    }

    static Node named(std::string op_type, std::string attribute, Attribute value) {
        Node node;
        node.op_type = std::move(op_type);
        node.attributes.emplace(std::move(attribute), std::move(value));
        return node;
    }

    [[nodiscard]] std::optional<Node> gated(ValueId x, ValueId gate, double number) const {
        if (gate == ValueId::none || graph_.constant(x) != nullptr || uses_.count(gate) != 1) {
            return std::nullopt;
        }
        if (const Node* sigmoid = maker(gate, "Sigmoid"); sigmoid != nullptr && near(number, 1)) {
            const Scaled inside = scaled(sigmoid->inputs[0]);
            if (inside.value == x || sigmoid->inputs[0] == x) {
                const double alpha = sigmoid->inputs[0] == x ? 1 : inside.factor;
                return named("Swish", "alpha", static_cast<float>(alpha));
            }
        }
        if (is_hard_sigmoid(x, gate, number)) {
            Node node;
            node.op_type = "HardSwish";
            return node;
        }
        const auto curve = near(number, 0.5) ? less(gate, 1) : std::nullopt;
        if (curve && is_erf(x, *curve)) {
            return named("Gelu", "approximate", std::string("none"));
        }
        if (curve && is_tanh(x, *curve)) {
            return named("Gelu", "approximate", std::string("tanh"));
        }
        return std::nullopt;
    }

    /// number · gate = max(0, min(1, x / 6 + 1 / 2)).
    [[nodiscard]] bool is_hard_sigmoid(ValueId x, ValueId gate, double number) const {
        if (const Node* hard = maker(gate, "HardSigmoid")) {
            const auto alpha = static_cast<double>(attribute<float>(*hard, "alpha", 0.2F));
            const auto beta = static_cast<double>(attribute<float>(*hard, "beta", 0.5F));
            return hard->inputs[0] == x && near(number, 1) && near(alpha, 1.0 / 6) && near(beta, 0.5);
        }
        const Node* clip = maker(gate, "Clip");
        if (clip == nullptr || clip->inputs.size() != 3 || !near(number, 1.0 / 6)) {
            return false;
        }
        const auto low = this->number(clip->inputs[1]);
        const auto high = this->number(clip->inputs[2]);
        return low && high && *low == 0 && *high == 6 && less(clip->inputs[0], 3) == x;
    }

    /// erf(x / √2).
    [[nodiscard]] bool is_erf(ValueId x, ValueId curve) const {
        const Node* erf = maker(curve, "Erf");
        const Scaled inside = erf == nullptr ? Scaled{x, 0} : scaled(erf->inputs[0]);
        return inside.value == x && near(inside.factor, std::sqrt(0.5));
    }

    /// tanh(√(2 / π) · (x + 0.044715 · x³)).
    [[nodiscard]] bool is_tanh(ValueId x, ValueId curve) const {
        const Node* tanh = maker(curve, "Tanh");
        const Scaled inside = tanh == nullptr ? Scaled{x, 0} : scaled(tanh->inputs[0]);
        const Node* sum = near(inside.factor, 0.7978845608) ? maker(inside.value, "Add") : nullptr;
        if (sum == nullptr || (sum->inputs[0] != x && sum->inputs[1] != x)) {
            return false;
        }
        const Scaled cubic = scaled(sum->inputs[sum->inputs[0] == x ? 1 : 0]);
        const Node* power = near(cubic.factor, 0.044715) ? maker(cubic.value, "Pow") : nullptr;
        return power != nullptr && power->inputs[0] == x && number(power->inputs[1]) == 3.0;
    }

    const Graph& graph_;
    Uses uses_;
};

}  // namespace

void recognize_activations(Graph& graph) {
    const Recognizer recognizer(graph);
    std::vector<std::pair<std::size_t, Node>> found;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (auto one = recognizer.as_one(graph.nodes[i])) {
            found.emplace_back(i, *std::move(one));
        }
    }
    for (auto& [index, node] : found) {
        graph.nodes[index] = std::move(node);
    }
    remove_dead_nodes(graph);
}

}  // namespace onecnn::core
