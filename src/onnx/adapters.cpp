// SPDX-License-Identifier: Apache-2.0
#include "onnx/adapters.h"

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "onnx/adaptation.h"
#include "runtime/error.h"

namespace onecnn::core::onnx {

namespace {

struct Adapter {
    std::string_view op_type;
    std::int64_t newer;  ///< the opset with the newer form: nodes of older ones are adapted
    void (*adapt)(const Adaptation&);
};

/// Oldest first within an operator: each brings a node to where the next takes over.
constexpr std::array adapters{
    Adapter{"Add", 7, broadcast_along_axis},
    Adapter{"And", 7, broadcast_along_axis},
    Adapter{"BatchNormalization", 7, inference_alone},
    Adapter{"BatchNormalization", 9, batch_normalization_spatial},
    Adapter{"BatchNormalization", 14, batch_normalization_outputs},
    Adapter{"Clip", 11, clip_bounds_to_inputs},
    Adapter{"DFT", 20, dft_axis_to_input},
    Adapter{"Div", 7, broadcast_along_axis},
    Adapter{"Dropout", 7, inference_alone},
    Adapter{"Dropout", 10, dropout_float_mask},
    Adapter{"Dropout", 12, dropout_ratio_to_input},
    Adapter{"Equal", 7, broadcast_along_axis},
    Adapter{"Greater", 7, broadcast_along_axis},
    Adapter{"GridSample", 20, grid_sample_modes},
    Adapter{"Hardmax", 13, softmax_of_matrix},
    Adapter{"Less", 7, broadcast_along_axis},
    Adapter{"LogSoftmax", 13, softmax_of_matrix},
    Adapter{"Mul", 7, broadcast_along_axis},
    Adapter{"Or", 7, broadcast_along_axis},
    Adapter{"PRelu", 7, slope_of_channels},
    Adapter{"Pad", 11, pad_amounts_to_inputs},
    Adapter{"Pow", 7, broadcast_along_axis},
    Adapter{"ReduceL1", 18, axes_to_input},
    Adapter{"ReduceL2", 18, axes_to_input},
    Adapter{"ReduceLogSum", 18, axes_to_input},
    Adapter{"ReduceLogSumExp", 18, axes_to_input},
    Adapter{"ReduceMax", 18, axes_to_input},
    Adapter{"ReduceMean", 18, axes_to_input},
    Adapter{"ReduceMin", 18, axes_to_input},
    Adapter{"ReduceProd", 18, axes_to_input},
    Adapter{"ReduceSum", 13, axes_to_input},
    Adapter{"ReduceSumSquare", 18, axes_to_input},
    Adapter{"Resize", 11, resize_coordinates},
    Adapter{"RoiAlign", 16, roi_align_coordinates},
    Adapter{"Scatter", 11, scatter_elements},
    Adapter{"Slice", 10, slice_sections_to_inputs},
    Adapter{"Softmax", 13, softmax_of_matrix},
    Adapter{"Split", 13, split_sizes_to_input},
    Adapter{"Split", 18, split_equally},
    Adapter{"Squeeze", 13, axes_to_input},
    Adapter{"Sub", 7, broadcast_along_axis},
    Adapter{"TopK", 10, top_k_count_to_input},
    Adapter{"Unsqueeze", 13, axes_to_input},
    Adapter{"Upsample", 7, upsample_scales},
    Adapter{"Upsample", 9, upsample_scales_to_input},
    Adapter{"Upsample", 10, upsample_to_resize},
    Adapter{"Xor", 7, broadcast_along_axis},
};

struct UnreadForm {
    std::string_view op_type;
    std::int64_t newer;  ///< the opset that replaced it
};

/// Forms of opsets before 6 that changed by more than a hint about memory, and that no exporter of today's models wrote.
constexpr std::array unread_forms{
    UnreadForm{"Cast", 6},   UnreadForm{"Concat", 4}, UnreadForm{"GRU", 3},     UnreadForm{"GlobalLpPool", 2},
    UnreadForm{"LpPool", 2}, UnreadForm{"Pad", 2},    UnreadForm{"Reshape", 5}, UnreadForm{"Selu", 6},
    UnreadForm{"Split", 2},  UnreadForm{"Tile", 6},
};

void refuse_unread_form(const Node& node) {
    for (const UnreadForm& form : unread_forms) {
        if (node.domain.empty() && node.opset < form.newer && node.op_type == form.op_type) {
            fail(ErrorCode::unsupported_operator, describe(node), ": its form before opset ", form.newer,
                 " is not supported");
        }
    }
}

}  // namespace

void adapt_to_newest_opset(Graph& graph) {
    const Uses uses(graph);
    std::vector<Node> nodes;
    for (Node& node : graph.nodes) {
        for (auto& [name, attribute] : node.attributes) {
            if (const auto* subgraph = std::get_if<std::shared_ptr<Subgraph>>(&attribute)) {
                adapt_to_newest_opset((*subgraph)->graph);
            }
        }
        refuse_unread_form(node);
        for (const auto& adapter : adapters) {
            if (node.domain.empty() && node.opset < adapter.newer && node.op_type == adapter.op_type) {
                adapter.adapt({graph, node, uses, nodes});
            }
        }
        nodes.push_back(std::move(node));
    }
    graph.nodes = std::move(nodes);
    split_string_labels(graph);
}

}  // namespace onecnn::core::onnx
