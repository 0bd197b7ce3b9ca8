// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "ops/execute_context.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

Shape extracted_shape(const Node& node, const Shape& x, const Shape& indices) {
    if (x.empty()) {
        fail(ErrorCode::invalid_model, describe(node),
             ": input 0 is a scalar, expected a last axis to take elements of");
    }
    Shape z(x.begin(), x.end() - 1);
    if (z.empty()) {
        z.push_back(1);
    }
    z.push_back(element_count(indices));
    return z;
}

void infer(InferContext& context) {
    if (bits(context.dtype(0)) < 8) {
        context.unsupported("input 0 is ", name(context.dtype(0)));
    }
    if (context.dtype(1) != DType::int64) {
        context.invalid("the indices are ", name(context.dtype(1)), ", expected int64");
    }
    context.set_output(0, context.dtype(0), extracted_shape(context.node(), context.shape(0), context.shape(1)));
}

void lower(LowerContext& context) {
    const std::int64_t columns = context.shape(0).back();
    const std::int64_t taken = context.output_shape(0).back();
    const std::int64_t rows = element_count(context.output_shape(0)) / taken;
    const auto element = static_cast<std::size_t>(bits(context.dtype(0)) / 8);
    const Slot x = context.input(0);
    const Slot indices = context.input(1);
    const Slot z = context.output(0);
    const std::int64_t work_per_row = taken * static_cast<std::int64_t>(element);
    const std::int64_t slices = slices_for(rows, work_per_row);
    context.add_function(
        "array_feature_extractor", {x, indices}, {z}, slices, rows * work_per_row,
        [=, node = describe(context.node())](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(rows, slices, slice);
            const auto* places = memory.at<const std::int64_t>(indices);
            std::byte* to = memory[z] + static_cast<std::size_t>(range.begin * taken) * element;
            for (std::int64_t row = range.begin; row < range.end; ++row) {
                for (std::int64_t i = 0; i < taken; ++i, to += element) {
                    if (places[i] < 0 || places[i] >= columns) {
                        fail(ErrorCode::invalid_argument, node, ": index ", places[i], " is outside [0, ", columns,
                             ")");
                    }
                    std::memcpy(to, memory[x] + static_cast<std::size_t>(row * columns + places[i]) * element, element);
                }
            }
        });
}

/// Where the elements are strings.
void execute(ExecuteContext& context) {
    const auto x = context.elements<std::string>(0);
    const auto places = context.elements<std::int64_t>(1);
    const Shape shape = extracted_shape(context.node(), context.tensor(0).shape(), context.tensor(1).shape());
    const std::int64_t columns = context.tensor(0).shape().back();
    Tensor z(DType::string, shape);
    auto to = z.as<std::string>().begin();
    for (const auto* row = x.data(); to != z.as<std::string>().end(); row += columns) {
        for (const std::int64_t place : places) {
            if (place < 0 || place >= columns) {
                context.invalid("index ", place, " is outside [0, ", columns, ")");
            }
            *to++ = row[place];
        }
    }
    context.set_output(0, std::move(z));
}

const Registration extractor{{"ai.onnx.ml", "ArrayFeatureExtractor", 2, 2, 1, {}, infer, lower, execute}};

}  // namespace

}  // namespace onecnn::core
