// SPDX-License-Identifier: Apache-2.0
#include "kernels/pairwise_coupling.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace onecnn::core {

namespace {

/// The matrix Q whose quadratic form the probabilities minimise.
void fill_form(std::span<const double> pairwise, std::span<double> form, std::size_t classes) {
    for (std::size_t i = 0; i < classes; ++i) {
        double diagonal = 0;
        for (std::size_t j = 0; j < classes; ++j) {
            if (j != i) {
                const double lost = pairwise[j * classes + i];
                diagonal += lost * lost;
                form[i * classes + j] = -lost * pairwise[i * classes + j];
            }
        }
        form[i * classes + i] = diagonal;
    }
}

}  // namespace

void couple_probabilities(std::span<const double> pairwise, std::span<double> probabilities,
                          std::span<double> scratch) {
    const std::size_t classes = probabilities.size();
    const auto form = scratch.first(classes * classes);
    const auto gradient = scratch.subspan(classes * classes, classes);
    fill_form(pairwise, form, classes);
    const double tolerance = 0.005 / static_cast<double>(classes);
    const std::size_t most_rounds = std::max<std::size_t>(100, classes);
    std::ranges::fill(probabilities, 1 / static_cast<double>(classes));
    for (std::size_t round = 0; round < most_rounds; ++round) {
        for (std::size_t i = 0; i < classes; ++i) {
            const auto row = form.subspan(i * classes, classes);
            gradient[i] = std::inner_product(row.begin(), row.end(), probabilities.begin(), 0.0);
        }
        double value = std::inner_product(gradient.begin(), gradient.end(), probabilities.begin(), 0.0);
        const auto settled = [&](double entry) { return std::abs(entry - value) < tolerance; };
        if (std::ranges::all_of(gradient, settled)) {
            return;
        }
        for (std::size_t i = 0; i < classes; ++i) {
            const double curvature = form[i * classes + i];
            const double step = (value - gradient[i]) / curvature;
            const double scale = 1 / (1 + step);
            value = (value + step * (step * curvature + 2 * gradient[i])) * scale * scale;
            probabilities[i] += step;
            for (std::size_t j = 0; j < classes; ++j) {
                gradient[j] = (gradient[j] + step * form[i * classes + j]) * scale;
                probabilities[j] *= scale;
            }
        }
    }
}

}  // namespace onecnn::core
