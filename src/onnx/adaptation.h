// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "graph/graph.h"
#include "graph/uses.h"

namespace onecnn::core::onnx {

/// One node that is brought from an older form of its operator to a newer one.
struct Adaptation {
    Graph& graph;
    Node& node;
    const Uses& uses;
    std::vector<Node>& before;  ///< the adapted nodes ahead of this one, to which more may be added

    /// Makes a constant the node's input `index`.
    void set_input(std::size_t index, std::string_view name, Tensor constant) const;

    /// Drops output `index` and those after it. UnsupportedOperator, saying `why`, when one of them is read.
    void drop_outputs(std::size_t index, std::string_view why) const;
};

/// Clip: https://onnx.ai/onnx/operators/onnx__Clip.html. Opset 11 made attributes `min` and `max` inputs.
void clip_bounds_to_inputs(const Adaptation& at);

/// DFT: opset 20 made attribute `axis` an input.
void dft_axis_to_input(const Adaptation& at);

/// Dropout: opset 10 made its mask bool.
void dropout_float_mask(const Adaptation& at);

/// Dropout: opset 12 made attribute `ratio` an input.
void dropout_ratio_to_input(const Adaptation& at);

/// Pad: opset 11 made attributes `pads` and `value` inputs.
void pad_amounts_to_inputs(const Adaptation& at);

/// Slice: opset 10 made attributes `starts`, `ends` and `axes` inputs.
void slice_sections_to_inputs(const Adaptation& at);

/// Split: opset 13 made attribute `split` an input.
void split_sizes_to_input(const Adaptation& at);

/// TopK: opset 10 made attribute `k` an input.
void top_k_count_to_input(const Adaptation& at);

/// Squeeze, Unsqueeze, ReduceSum from opset 13 on, the other reductions from opset 18 on: attribute `axes` became an input.
void axes_to_input(const Adaptation& at);

/// BatchNormalization: opset 9 dropped attribute `spatial`.
void batch_normalization_spatial(const Adaptation& at);

/// BatchNormalization: before opset 14 further outputs were those of training.
void batch_normalization_outputs(const Adaptation& at);

/// Add, And, ... Xor: before opset 7 the second input's dimensions began at the first one's attribute `axis`.
void broadcast_along_axis(const Adaptation& at);

/// PRelu: before opset 7 a slope of one dimension was that of the channels.
void slope_of_channels(const Adaptation& at);

/// BatchNormalization, Dropout: before opset 7 attribute `is_test` told inference from training.
void inference_alone(const Adaptation& at);

/// Upsample: opset 7 made attributes `height_scale` and `width_scale` one list.
void upsample_scales(const Adaptation& at);

/// Scatter: opset 11 named it ScatterElements.
void scatter_elements(const Adaptation& at);

/// Split: before opset 18 parts were equal where nothing said how large they are.
void split_equally(const Adaptation& at);

/// GridSample: opset 20 named the modes for any number of dimensions: linear and cubic.
void grid_sample_modes(const Adaptation& at);

/// RoiAlign: opset 16 added attribute coordinate_transformation_mode, and half_pixel as its default.
void roi_align_coordinates(const Adaptation& at);

/// Resize: opset 11 added input `roi`, and half_pixel as the default of coordinate_transformation_mode.
void resize_coordinates(const Adaptation& at);

/// Upsample: opset 9 made attribute `scales` an input; opset 10 replaced the operator by Resize.
void upsample_scales_to_input(const Adaptation& at);
void upsample_to_resize(const Adaptation& at);

/// Softmax, LogSoftmax, Hardmax: opset 13 normalises along one axis, see `coerce_to_matrix`.
void softmax_of_matrix(const Adaptation& at);

/// The classifiers of ai.onnx.ml: those whose labels are strings give the places of their classes, and a LabelEncoder makes
/// labels of these, so that all but the strings is done in a plan's steps.
void split_string_labels(Graph& graph);

}  // namespace onecnn::core::onnx
