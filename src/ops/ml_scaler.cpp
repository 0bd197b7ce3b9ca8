// SPDX-License-Identifier: Apache-2.0
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "ops/lower_context.h"
#include "ops/ml_rows.h"

namespace onecnn::core {

namespace {

/// An attribute's values: one a feature, or one for all.
std::vector<float> per_feature(const Node& node, std::string_view name, float absent, std::int64_t features) {
    auto values = attribute<std::vector<float>>(node, name, {absent});
    if (values.size() == 1) {
        values.resize(static_cast<std::size_t>(features), values[0]);
    }
    if (std::cmp_not_equal(values.size(), features)) {
        fail(ErrorCode::invalid_model, describe(node), ": ", name, " has ", values.size(), " values, expected 1 or ",
             features);
    }
    return values;
}

void infer(InferContext& context) {
    const MlRows x = require_ml_rows(context);
    static_cast<void>(per_feature(context.node(), "offset", 0, x.features));
    static_cast<void>(per_feature(context.node(), "scale", 1, x.features));
    context.set_output(0, DType::float32, context.shape(0));
}

/// (x − offset) · scale, in float64 where that is the input's type.
template <typename T>
void lower_typed(LowerContext& context, std::vector<float> offset, std::vector<float> scale) {
    using Wide = std::conditional_t<std::is_same_v<T, double>, double, float>;
    const auto [rows, features] = ml_rows(context.shape(0));
    const Slot from = context.input(0);
    const Slot to = context.output(0);
    const std::int64_t slices = slices_for(rows, 2 * features);
    context.add_function(
        "scaler", {from}, {to}, slices, 2 * rows * features,
        [=, rows = rows, features = features](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(rows, slices, slice);
            const T* x = memory.at<const T>(from) + range.begin * features;
            float* y = memory.at<float>(to) + range.begin * features;
            for (std::int64_t row = range.begin; row < range.end; ++row, x += features, y += features) {
                for (std::int64_t i = 0; i < features; ++i) {
                    const auto feature = static_cast<std::size_t>(i);
                    y[i] = static_cast<float>((static_cast<Wide>(x[i]) - static_cast<Wide>(offset[feature])) *
                                              static_cast<Wide>(scale[feature]));
                }
            }
        });
}

void lower(LowerContext& context) {
    const std::int64_t features = ml_rows(context.shape(0)).features;
    auto offset = per_feature(context.node(), "offset", 0, features);
    auto scale = per_feature(context.node(), "scale", 1, features);
    visit_feature(context.dtype(0),
                  [&]<typename T>(T) { lower_typed<T>(context, std::move(offset), std::move(scale)); });
}

const Registration scaler{{"ai.onnx.ml", "Scaler", 1, 1, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
