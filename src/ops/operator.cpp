// SPDX-License-Identifier: Apache-2.0
#include "ops/operator.h"

#include <map>
#include <utility>

namespace onecnn::core {

namespace {

using Key = std::pair<std::string_view, std::string_view>;

std::map<Key, Operator>& registry() {
    static std::map<Key, Operator> operators;
    return operators;
}

}  // namespace

Registration::Registration(Operator op) { registry().emplace(Key{op.domain, op.op_type}, std::move(op)); }

const Operator& find_operator(const Node& node) {
    const auto found = registry().find(Key{node.domain, node.op_type});
    if (found == registry().end()) {
        fail(ErrorCode::unsupported_operator, describe(node), ": onecnn has no operator ",
             node.domain.empty() ? "ai.onnx" : node.domain, ".", node.op_type);
    }
    return found->second;
}

std::vector<const Operator*> all_operators() {
    std::vector<const Operator*> operators;
    for (const auto& [key, op] : registry()) {
        operators.push_back(&op);
    }
    return operators;
}

const TensorFacts& InferContext::input(std::size_t index) const {
    if (!has_input(index)) {
        invalid("input ", index, " is missing");
    }
    return *inputs_[index];
}

const Tensor& InferContext::elements(std::size_t index) const {
    const TensorFacts& facts = input(index);
    if (facts.elements == nullptr) {
        throw ElementsUnknown(index, concat(describe(node_), ": input ", index, " decides a shape and is not known"));
    }
    return *facts.elements;
}

std::vector<std::int64_t> InferContext::integers(std::size_t index) const {
    const Tensor& tensor = elements(index);
    if (tensor.dtype() == DType::int64) {
        const auto values = tensor.as<std::int64_t>();
        return {values.begin(), values.end()};
    }
    if (tensor.dtype() == DType::int32) {
        const auto values = tensor.as<std::int32_t>();
        return {values.begin(), values.end()};
    }
    invalid("input ", index, " is ", name(tensor.dtype()), ", expected int64");
}

void InferContext::set_output(std::size_t index, DType dtype, Shape shape) {
    if (index < outputs_.size()) {
        outputs_[index].dtype = dtype;
        outputs_[index].shape = std::move(shape);
    }
}

void InferContext::set_output(std::size_t index, Tensor elements) {
    if (index < outputs_.size()) {
        set_output(index, elements.dtype(), elements.shape());
        elements_[index] = std::move(elements);
    }
}

void InferContext::require_rank(std::size_t index, std::size_t rank) const {
    if (shape(index).size() != rank) {
        invalid("input ", index, " has shape ", to_string(shape(index)), ", expected rank ", rank);
    }
}

void InferContext::require_same_dtype(std::size_t index) const {
    if (dtype(index) != dtype(0)) {
        invalid("input ", index, " is ", name(dtype(index)), " and input 0 is ", name(dtype(0)),
                "; they must be the same");
    }
}

}  // namespace onecnn::core
