// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "graph/attributes.h"
#include "ops/lower_context.h"
#include "ops/ml_rows.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    require_feature_dtype(context);
    context.set_output(0, context.dtype(0), context.shape(0));
}

void lower(LowerContext& context) {
    const auto threshold = static_cast<double>(attribute<float>(context.node(), "threshold", 0));
    const Slot from = context.input(0);
    const Slot to = context.output(0);
    const std::int64_t count = element_count(context.shape(0));
    const std::int64_t slices = slices_for(count, 4);
    visit_feature(context.dtype(0), [&]<typename T>(T) {
        context.add_function(
            "binarizer", {from}, {to}, slices, 4 * count, [=](const Memory& memory, std::int64_t slice) {
                const Range range = slice_range(count, slices, slice);
                const T* x = memory.at<const T>(from);
                std::transform(x + range.begin, x + range.end, memory.at<T>(to) + range.begin,
                               [threshold](T value) { return static_cast<T>(static_cast<double>(value) > threshold); });
            });
    });
}

const Registration binarizer{{"ai.onnx.ml", "Binarizer", 1, 1, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
