// SPDX-License-Identifier: Apache-2.0
// Normalisation along axes of the input's choice, without parameters: LpNormalization, MeanVarianceNormalization.
#include <algorithm>
#include <utility>

#include "graph/attributes.h"
#include "kernels/normalization.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void require_float(const InferContext& context) {
    if (!normalization_takes(context.dtype(0))) {
        context.invalid("input 0 is ", name(context.dtype(0)), ", expected a floating-point type");
    }
}

void lower_rows(LowerContext& context, RowStatistic statistic, double epsilon, const std::vector<bool>& is_reduced) {
    const Shape& x = context.shape(0);
    const Shape strides = row_major_strides(x);
    Normalization normalization{.statistic = statistic, .epsilon = epsilon, .kept = {}, .reduced = {}};
    for (std::size_t i = 0; i < x.size(); ++i) {
        append_axis(is_reduced[i] ? normalization.reduced : normalization.kept, {x[i], strides[i]});
    }
    const DType dtype = context.dtype(0);
    context.add(make_normalization_step(std::move(normalization), {.src = {dtype, context.input(0)},
                                                                   .scale = std::nullopt,
                                                                   .bias = std::nullopt,
                                                                   .dst = {dtype, context.output(0)},
                                                                   .mean = std::nullopt,
                                                                   .inverse_deviation = std::nullopt}));
}

std::vector<bool> lp_axes(const Node& node, const Shape& x) {
    std::vector<bool> reduced(x.size(), false);
    reduced[normalized_axis(attribute<std::int64_t>(node, "axis", -1), x.size(), describe(node) + ": axis")] = true;
    return reduced;
}

void infer_lp(InferContext& context) {
    require_float(context);
    static_cast<void>(lp_axes(context.node(), context.shape(0)));
    const auto p = attribute<std::int64_t>(context.node(), "p", 2);
    if (p != 1 && p != 2) {
        context.invalid("p is ", p, ", expected 1 or 2");
    }
    context.set_output(0, context.dtype(0), context.shape(0));
}

void lower_lp(LowerContext& context) {
    const bool is_l1 = attribute<std::int64_t>(context.node(), "p", 2) == 1;
    lower_rows(context, is_l1 ? RowStatistic::l1 : RowStatistic::l2, 0, lp_axes(context.node(), context.shape(0)));
}

std::vector<bool> mean_variance_axes(const Node& node, const Shape& x) {
    std::vector<bool> reduced(x.size(), false);
    for (const std::int64_t axis : attribute<Shape>(node, "axes", {0, 2, 3})) {
        reduced[normalized_axis(axis, x.size(), describe(node) + ": an axis")] = true;
    }
    return reduced;
}

void infer_mean_variance(InferContext& context) {
    require_float(context);
    static_cast<void>(mean_variance_axes(context.node(), context.shape(0)));
    context.set_output(0, context.dtype(0), context.shape(0));
}

void lower_mean_variance(LowerContext& context) {
    constexpr double epsilon = 1e-9;  // of the operator's definition as a function
    lower_rows(context, RowStatistic::standard_outside, epsilon, mean_variance_axes(context.node(), context.shape(0)));
}

const Registration lp{{"", "LpNormalization", 1, 1, 1, {}, infer_lp, lower_lp}};
const Registration mean_variance{
    {"", "MeanVarianceNormalization", 1, 1, 1, {}, infer_mean_variance, lower_mean_variance}};

}  // namespace

}  // namespace onecnn::core
