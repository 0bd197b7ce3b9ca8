// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "kernels/elementwise.h"

namespace onecnn::core {

/// What batch normalisation of x, dense as [batch, channels, pixels], reads and writes; all of floats.
struct BatchNormalization {
    std::int64_t batch;
    std::int64_t channels;
    std::int64_t pixels;
    float epsilon;
    Operand x;
    Operand scale;  ///< this and the next ones have an element a channel
    Operand bias;
    Operand mean;
    Operand variance;
    Operand y;

    /// Where each channel is normalised by its own mean and variance, and the given ones are moved towards these.
    struct Training {
        float momentum;  ///< the share of the given mean and variance in what they become
        std::optional<Operand> running_mean;
        std::optional<Operand> running_variance;
    };
    std::optional<Training> training;
};

/// y = scale · (x − mean) / sqrt(variance + epsilon) + bias.
[[nodiscard]] std::unique_ptr<Step> make_batch_normalization_step(const BatchNormalization& normalization);

}  // namespace onecnn::core
