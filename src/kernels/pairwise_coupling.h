// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace onecnn::core {

/// Doubles of scratch that `couple_probabilities` needs for this many classes.
[[nodiscard]] constexpr std::size_t coupling_scratch(std::size_t classes) { return classes * (classes + 1); }

/// The classes' probabilities from those of each pair: `pairwise[i · k + j]` is P(i | i or j), and its diagonal is not read.
/// The second method of Wu, Lin and Weng, "Probability Estimates for Multi-class Classification by Pairwise Coupling" (2004),
/// iterated as libsvm does.
void couple_probabilities(std::span<const double> pairwise, std::span<double> probabilities, std::span<double> scratch);

}  // namespace onecnn::core
