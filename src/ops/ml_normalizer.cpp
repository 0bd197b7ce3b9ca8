// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <string>

#include "graph/attributes.h"
#include "ops/lower_context.h"
#include "ops/ml_rows.h"

namespace onecnn::core {

namespace {

enum class Norm { max, l1, l2 };

Norm norm_of(const Node& node) {
    const auto text = attribute<std::string>(node, "norm", "MAX");
    if (text == "MAX") {
        return Norm::max;
    }
    if (text == "L1") {
        return Norm::l1;
    }
    if (text == "L2") {
        return Norm::l2;
    }
    fail(ErrorCode::invalid_model, describe(node), ": norm is '", text, "', expected MAX, L1 or L2");
}

void infer(InferContext& context) {
    static_cast<void>(require_ml_rows(context));
    static_cast<void>(norm_of(context.node()));
    context.set_output(0, DType::float32, context.shape(0));
}

/// MAX divides by the largest value, not by the largest magnitude: ONNX's text and ONNX Runtime agree on that.
template <typename T>
float divisor(Norm norm, const T* x, std::int64_t features) {
    float result = norm == Norm::max && features > 0 ? static_cast<float>(x[0]) : 0;
    for (std::int64_t i = 0; i < features; ++i) {
        const auto value = static_cast<float>(x[i]);
        switch (norm) {
            case Norm::max: result = std::max(result, value); break;
            case Norm::l1: result += std::abs(value); break;
            case Norm::l2: result += value * value; break;
        }
    }
    return norm == Norm::l2 ? std::sqrt(result) : result;
}

template <typename T>
void lower_typed(LowerContext& context, Norm norm) {
    const auto [rows, features] = ml_rows(context.shape(0));
    const Slot from = context.input(0);
    const Slot to = context.output(0);
    const std::int64_t slices = slices_for(rows, 3 * features);
    context.add_function("normalizer", {from}, {to}, slices, 3 * rows * features,
                         [=, rows = rows, features = features](const Memory& memory, std::int64_t slice) {
                             const Range range = slice_range(rows, slices, slice);
                             for (std::int64_t row = range.begin; row < range.end; ++row) {
                                 const T* x = memory.at<const T>(from) + row * features;
                                 const float by = divisor(norm, x, features);
                                 std::transform(x, x + features, memory.at<float>(to) + row * features, [by](T value) {
                                     return by == 0 ? static_cast<float>(value) : static_cast<float>(value) / by;
                                 });
                             }
                         });
}

void lower(LowerContext& context) {
    const Norm norm = norm_of(context.node());
    visit_feature(context.dtype(0), [&]<typename T>(T) { lower_typed<T>(context, norm); });
}

const Registration normalizer{{"ai.onnx.ml", "Normalizer", 1, 1, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
