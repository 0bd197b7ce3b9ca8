// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "kernels/convert.h"
#include "ops/lower_context.h"
#include "ops/ml_rows.h"

namespace onecnn::core {

namespace {

/// How many features of the output each input makes: more than it has are zeros, fewer leave some out.
std::vector<std::int64_t> widths(const InferContext& context) {
    auto widths = attribute<std::vector<std::int64_t>>(context.node(), "inputdimensions", {});
    if (widths.empty()) {
        for (std::size_t i = 0; i < context.input_count(); ++i) {
            widths.push_back(context.shape(i).back());
        }
    }
    if (widths.size() != context.input_count() || std::ranges::any_of(widths, [](auto width) { return width < 0; })) {
        context.invalid("inputdimensions is ", to_string(widths), " for ", context.input_count(), " inputs");
    }
    return widths;
}

void infer(InferContext& context) {
    for (std::size_t i = 0; i < context.input_count(); ++i) {
        const MlRows x = require_ml_rows(context, i);
        if (x.rows != ml_rows(context.shape(0)).rows) {
            context.invalid("input ", i, " has shape ", to_string(context.shape(i)), " and input 0 ",
                            to_string(context.shape(0)), "; they must have as many rows");
        }
    }
    std::int64_t width = 0;
    for (const std::int64_t part : widths(context)) {
        width = checked_add(width, part);
    }
    context.set_output(0, DType::float32, {ml_rows(context.shape(0)).rows, width});
}

/// One input's place in the output's rows.
struct Part {
    Slot slot;
    Convert convert;
    std::int64_t row_bytes;
    std::int64_t taken;
    std::int64_t width;
};

void lower(LowerContext& context) {
    const std::int64_t rows = context.output_shape(0)[0];
    const std::int64_t width = context.output_shape(0)[1];
    const auto given = attribute<std::vector<std::int64_t>>(context.node(), "inputdimensions", {});
    std::vector<Part> parts;
    std::vector<Slot> reads;
    for (std::size_t i = 0; i < context.input_count(); ++i) {
        const std::int64_t features = context.shape(i).back();
        const std::int64_t part = given.empty() ? features : given[i];
        const DType dtype = context.dtype(i);
        parts.push_back({context.input(i), conversion(dtype, DType::float32), features * bits(dtype) / 8,
                         std::min(features, part), part});
        reads.push_back(parts.back().slot);
    }
    const Slot y = context.output(0);
    const std::int64_t slices = slices_for(rows, width);
    context.add_function("feature_vectorizer", std::move(reads), {y}, slices, rows * width,
                         [=, parts = std::move(parts)](const Memory& memory, std::int64_t slice) {
                             const Range range = slice_range(rows, slices, slice);
                             float* to = memory.at<float>(y) + range.begin * width;
                             for (std::int64_t row = range.begin; row < range.end; ++row) {
                                 for (const auto& part : parts) {
                                     part.convert(memory[part.slot] + row * part.row_bytes,
                                                  reinterpret_cast<std::byte*>(to), part.taken);
                                     std::fill(to + part.taken, to + part.width, 0.0F);
                                     to += part.width;
                                 }
                             }
                         });
}

const Registration feature_vectorizer{{"ai.onnx.ml", "FeatureVectorizer", 1, any_number, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
