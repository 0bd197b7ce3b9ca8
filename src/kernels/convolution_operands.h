// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"
#include "kernels/place.h"

namespace onecnn::core {

/// What a float32 convolution reads and writes, channels last: dst = activation(src * weights + bias + addend).
struct ConvolutionOperands {
    Place src;
    Slot weights;  ///< packed for the kernel
    std::optional<Slot> bias;
    std::optional<Place> addend;  ///< of the result's shape
    Place dst;
    std::optional<Activation> activation;

    /// What is added to the product.
    [[nodiscard]] std::vector<Slot> terms() const {
        std::vector<Slot> slots;
        if (bias) {
            slots.push_back(*bias);
        }
        if (addend) {
            slots.push_back(addend->slot);
        }
        return slots;
    }

    /// Has a step read all operands and write the result.
    void connect(Step& step) const {
        step.reads = terms();
        step.reads.insert(step.reads.begin(), {src.slot, weights});
        step.writes = {dst.slot};
    }
};

}  // namespace onecnn::core
