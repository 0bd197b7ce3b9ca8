// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "graph/attributes.h"
#include "kernels/normalization.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void infer_groups(InferContext& context, std::int64_t groups) {
    const Shape& x = context.shape(0);
    for (std::size_t input : {0U, 1U, 2U}) {
        context.require_same_dtype(input);
    }
    if (!normalization_takes(context.dtype(0))) {
        context.invalid("input 0 is ", name(context.dtype(0)), ", expected a floating-point type");
    }
    if (x.size() < 2) {
        context.invalid("input 0 has shape ", to_string(x), ", expected batch, channels and more");
    }
    if (groups < 0 || (groups == 0 ? x[1] != 0 : x[1] % groups != 0)) {
        context.invalid("num_groups is ", groups, ", which does not divide the ", x[1], " channels of input 0");
    }
    // Before opset 21 GroupNormalization had one scale and bias a group.
    const std::int64_t count =
        context.node().op_type == "GroupNormalization" && context.node().opset < 21 ? groups : x[1];
    for (std::size_t input : {1U, 2U}) {
        if (context.shape(input) != Shape{count}) {
            context.invalid("input ", input, " has shape ", to_string(context.shape(input)), ", expected [", count,
                            "]");
        }
    }
    context.set_output(0, context.dtype(0), x);
}

void lower_groups(LowerContext& context, std::int64_t groups) {
    const Shape& x = context.shape(0);
    const std::int64_t channels = x[1] / groups;
    const std::int64_t pixels = element_count(x, 2, x.size());
    const bool for_groups = context.shape(1) != Shape{x[1]};
    const std::int64_t next_group = for_groups ? 1 : channels;
    const std::int64_t next_channel = for_groups ? 0 : 1;
    Normalization normalization{.statistic = RowStatistic::standard,
                                .epsilon = static_cast<double>(attribute<float>(context.node(), "epsilon", 1e-5F)),
                                .kept = {},
                                .reduced = {}};
    append_axis(normalization.kept, {x[0], x[1] * pixels});
    append_axis(normalization.kept, {groups, channels * pixels, next_group, next_group});
    append_axis(normalization.reduced, {channels, pixels, next_channel, next_channel});
    append_axis(normalization.reduced, {pixels, 1});
    const DType dtype = context.dtype(0);
    context.add(make_normalization_step(std::move(normalization), {.src = {dtype, context.input(0)},
                                                                   .scale = TypedSlot{dtype, context.input(1)},
                                                                   .bias = TypedSlot{dtype, context.input(2)},
                                                                   .dst = {dtype, context.output(0)},
                                                                   .mean = std::nullopt,
                                                                   .inverse_deviation = std::nullopt}));
}

std::int64_t declared_groups(const Node& node) { return required_attribute<std::int64_t>(node, "num_groups"); }

void infer_group(InferContext& context) { infer_groups(context, declared_groups(context.node())); }

void lower_group(LowerContext& context) { lower_groups(context, declared_groups(context.node())); }

/// A channel is a group of its own.
void infer_instance(InferContext& context) {
    infer_groups(context, context.shape(0).size() < 2 ? 1 : context.shape(0)[1]);
}

void lower_instance(LowerContext& context) { lower_groups(context, context.shape(0)[1]); }

const Registration group{{"", "GroupNormalization", 3, 3, 1, {}, infer_group, lower_group}};
const Registration instance{{"", "InstanceNormalization", 3, 3, 1, {}, infer_instance, lower_instance}};

}  // namespace

}  // namespace onecnn::core
