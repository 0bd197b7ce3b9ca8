// SPDX-License-Identifier: Apache-2.0
#include "kernels/class_loss.h"

#include <optional>
#include <string>

#include "graph/attributes.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

enum Input : std::size_t { x, target, weight };
enum Output : std::size_t { loss, log_prob };

LossReduction reduction_of(const Node& node) {
    const auto reduction = attribute<std::string>(node, "reduction", "mean");
    if (reduction == "none") {
        return LossReduction::none;
    }
    if (reduction == "sum") {
        return LossReduction::sum;
    }
    if (reduction == "mean") {
        return LossReduction::mean;
    }
    fail(ErrorCode::invalid_model, describe(node), ": reduction is '", reduction, "', expected none, sum or mean");
}

void infer(InferContext& context) {
    const DType dtype = context.dtype(x);
    if (dtype != DType::float32 && dtype != DType::float64 && dtype != DType::float16 && dtype != DType::bfloat16) {
        context.invalid("input 0 is ", name(dtype), ", expected a float");
    }
    const Shape& shape = context.shape(x);
    if (shape.size() < 2) {
        context.invalid("input 0 has shape ", to_string(shape), ", expected [N, C, ...]");
    }
    Shape positions = shape;
    positions.erase(positions.begin() + 1);
    const DType target_dtype = context.dtype(target);
    if ((target_dtype != DType::int32 && target_dtype != DType::int64) || context.shape(target) != positions) {
        context.invalid("the classes are ", name(target_dtype), to_string(context.shape(target)),
                        ", expected int64 or int32 of shape ", to_string(positions));
    }
    if (context.has_input(weight)) {
        context.require_same_dtype(weight);
        if (context.shape(weight) != Shape{shape[1]}) {
            context.invalid("the weights have shape ", to_string(context.shape(weight)), ", expected [", shape[1], "]");
        }
    }
    context.set_output(loss, dtype, reduction_of(context.node()) == LossReduction::none ? positions : Shape{});
    if (context.node().op_type == "SoftmaxCrossEntropyLoss") {
        context.set_output(log_prob, dtype, shape);
    }
}

template <bool of_scores>
void lower(LowerContext& context) {
    const Shape& shape = context.shape(x);
    const auto output = [&](Output index) {
        return context.has_output(index) ? std::optional(context.output(index)) : std::nullopt;
    };
    context.add(make_class_loss_step(
        {.dtype = context.dtype(x),
         .target_dtype = context.dtype(target),
         .of_scores = of_scores,
         .batch = shape[0],
         .classes = shape[1],
         .positions = element_count(shape, 2, shape.size()),
         .reduction = reduction_of(context.node()),
         .ignored = find_attribute<std::int64_t>(context.node(), "ignore_index"),
         .node = describe(context.node())},
        {.x = context.input(x),
         .target = context.input(target),
         .weights = context.has_input(weight) ? std::optional(context.input(weight)) : std::nullopt,
         .loss = output(loss),
         .log_probabilities = output(log_prob)}));
}

const Registration nll_loss{{"", "NegativeLogLikelihoodLoss", 2, 3, 1, {}, infer, lower<false>}};
const Registration softmax_loss{{"", "SoftmaxCrossEntropyLoss", 2, 3, 2, {}, infer, lower<true>}};

}  // namespace

}  // namespace onecnn::core
