// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "graph/graph.h"

namespace onecnn::core {

/// What a node gives for constant inputs, an absent optional one being null; nothing when that is too large to keep.
using Evaluate =
    std::function<std::optional<std::vector<Tensor>>(const Node&, const std::vector<const Tensor*>& inputs)>;

/// Operators between DequantizeLinear and QuantizeLinear become operators on quantised values. Comes first: folding
/// would turn the weights to floats.
void lower_qdq(Graph& graph);

/// Nodes whose inputs are all constant become constants, as far as `evaluate` goes along.
void fold_constants(Graph& graph, const Evaluate& evaluate);

/// Identity, and Dropout without its mask, disappear; their consumers read their input.
void remove_identities(Graph& graph);

/// A BatchNormalization, Mul, Add, Sub or Div by constants of a channel each that alone reads a Conv, a ConvTranspose or a
/// BatchNormalization goes into that node's constants.
void fold_affine(Graph& graph);

/// An Add of a constant row that alone reads a MatMul or Gemm of a constant matrix becomes that node's bias.
void fuse_bias(Graph& graph);

/// A Transpose of a Transpose becomes one, or nothing.
void merge_transposes(Graph& graph);

/// A Concat of channels that begins with all inputs of an earlier one begins with that one's result instead, so that both may
/// lie in the same memory.
void chain_concats(Graph& graph);

/// A Pad of zeros that alone is read by a Conv or an AveragePool becomes that node's padding.
void fuse_pad(Graph& graph);

/// Swish, HardSwish and Gelu that are made of simpler operators become one node each.
void recognize_activations(Graph& graph);

/// An activation that alone reads a Conv, ConvTranspose, Gemm, MatMul or, where it only bounds, a BatchNormalization becomes that node's
/// `activation`.
void fuse_activation(Graph& graph);

/// Nodes whose results nobody reads disappear.
void remove_dead_nodes(Graph& graph);

/// Every rewrite, in the order in which they help each other.
void optimize(Graph& graph);

}  // namespace onecnn::core
