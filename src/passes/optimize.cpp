// SPDX-License-Identifier: Apache-2.0
#include "passes/passes.h"

namespace onecnn::core {

void optimize(Graph& graph) {
    remove_identities(graph);
    merge_transposes(graph);
    chain_concats(graph);
    fuse_pad(graph);
    recognize_activations(graph);
    fold_affine(graph);
    fuse_bias(graph);
    fuse_activation(graph);
    remove_dead_nodes(graph);
}

}  // namespace onecnn::core
