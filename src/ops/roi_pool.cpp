// SPDX-License-Identifier: Apache-2.0
#include "kernels/roi_pool.h"

#include <string>

#include "graph/attributes.h"
#include "kernels/visit_dtype.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

/// Checks images and regions, and sets the result's shape.
void infer_pooled(InferContext& context, std::int64_t columns, std::int64_t height, std::int64_t width) {
    const DType dtype = computing_dtype(context.dtype(0));
    if (dtype != DType::float32 && dtype != DType::float64) {
        context.invalid("input 0 is ", name(dtype), ", expected a floating-point type");
    }
    context.require_rank(0, 4);
    context.require_same_dtype(1);
    context.require_rank(1, 2);
    const Shape& x = context.shape(0);
    const Shape& rois = context.shape(1);
    if (rois[1] != columns) {
        context.invalid("the regions have shape ", to_string(rois), ", expected ", columns, " values each");
    }
    if (height < 1 || width < 1) {
        context.invalid("a region is pooled to ", height, " × ", width, ", expected 1 or more each");
    }
    if (x[2] < 1 || x[3] < 1) {
        context.invalid("input 0 has shape ", to_string(x), ", which has no elements to pool");
    }
    context.set_output(0, context.dtype(0), {rois[0], x[1], height, width});
}

RoiPooling pooling_of(const LowerContext& context) {
    const Shape& x = context.shape(0);
    const Shape& y = context.output_shape(0);
    return {.images = x[0],
            .channels = x[1],
            .height = x[2],
            .width = x[3],
            .regions = y[0],
            .pooled_height = y[2],
            .pooled_width = y[3],
            .spatial_scale = attribute<float>(context.node(), "spatial_scale", 1.0F),
            .node = describe(context.node())};
}

RoiAlignMode mode_of(const Node& node) {
    const auto mode = attribute<std::string>(node, "mode", "avg");
    if (mode != "avg" && mode != "max") {
        fail(ErrorCode::invalid_model, describe(node), ": mode is '", mode, "', expected avg or max");
    }
    return mode == "avg" ? RoiAlignMode::average : RoiAlignMode::max;
}

bool is_half_pixel(const Node& node) {
    const auto mode = attribute<std::string>(node, "coordinate_transformation_mode", "half_pixel");
    if (mode != "half_pixel" && mode != "output_half_pixel") {
        fail(ErrorCode::invalid_model, describe(node), ": coordinate_transformation_mode is '", mode,
             "', expected half_pixel or output_half_pixel");
    }
    return mode == "half_pixel";
}

void infer_align(InferContext& context) {
    const Node& node = context.node();
    infer_pooled(context, 4, attribute<std::int64_t>(node, "output_height", 1),
                 attribute<std::int64_t>(node, "output_width", 1));
    if (context.dtype(2) != DType::int64 || context.shape(2) != Shape{context.shape(1)[0]}) {
        context.invalid("batch_indices is ", name(context.dtype(2)), " of shape ", to_string(context.shape(2)),
                        ", expected int64 [", context.shape(1)[0], "]");
    }
    static_cast<void>(mode_of(node));
    static_cast<void>(is_half_pixel(node));
    // The number of samples is its square: this bounds how long a small file can make a run.
    constexpr std::int64_t most = 1024;
    if (const auto ratio = attribute<std::int64_t>(node, "sampling_ratio", 0); ratio < 0 || ratio > most) {
        context.invalid("sampling_ratio is ", ratio, ", expected a value from 0 to ", most);
    }
}

void lower_align(LowerContext& context) {
    const Node& node = context.node();
    const RoiAlignment alignment{.pooling = pooling_of(context),
                                 .mode = mode_of(node),
                                 .half_pixel = is_half_pixel(node),
                                 .sampling_ratio = attribute<std::int64_t>(node, "sampling_ratio", 0)};
    context.add(make_roi_align_step(context.dtype(0), alignment, context.input(0), context.input(1), context.input(2),
                                    context.output(0)));
}

void infer_max(InferContext& context) {
    const auto pooled = required_attribute<Shape>(context.node(), "pooled_shape");
    if (pooled.size() != 2) {
        context.invalid("pooled_shape is ", to_string(pooled), ", expected 2 values");
    }
    infer_pooled(context, 5, pooled[0], pooled[1]);
}

void lower_max(LowerContext& context) {
    context.add(make_max_roi_pool_step(context.dtype(0), pooling_of(context), context.input(0), context.input(1),
                                       context.output(0)));
}

const Registration align{{"", "RoiAlign", 3, 3, 1, {}, infer_align, lower_align}};
const Registration max{{"", "MaxRoiPool", 2, 2, 1, {}, infer_max, lower_max}};

}  // namespace

}  // namespace onecnn::core
