// SPDX-License-Identifier: Apache-2.0
#include "kernels/winograd_weights.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <vector>

#include "kernels/winograd_points.h"

namespace onecnn::core {

namespace {

using Row = std::array<double, 3>;

/// The filter's polynomial at point p, over what the other points' distances from it multiply to.
constexpr Row at_point(double p, double distances) { return {1 / distances, p / distances, p * p / distances}; }

constexpr std::array<Row, 4> points_2{at_point(0, 1), at_point(1, 2), at_point(-1, 2), {0, 0, 1}};
constexpr std::array<Row, 6> points_4{at_point(0, 1),        at_point(root_2 / 2, -1.5), at_point(-root_2 / 2, -1.5),
                                      at_point(root_2, 6.0), at_point(-root_2, 6.0),     {0, 0, 1}};

constexpr std::span<const Row> points(int tile) {
    return tile == 2 ? std::span<const Row>(points_2) : std::span<const Row>(points_4);
}

/// A block of filters of one channel, filter by filter innermost, so that a compiler makes vectors of them.
constexpr std::int64_t block = 32;
using Block = std::array<double, block>;

Block combine(const Row& row, const Block& a, const Block& b, const Block& c) {
    Block sum;
    for (std::size_t i = 0; i < sum.size(); ++i) {
        sum[i] = row[0] * a[i] + row[1] * b[i] + row[2] * c[i];
    }
    return sum;
}

/// Planes of the filters [first, first + count) of channel c, `stride` floats apart in `to`.
void transform(std::span<const Row> rows, const float* weights, std::int64_t filter_stride, std::int64_t count,
               float* to, std::int64_t stride) {
    std::array<Block, 9> taps{};
    for (std::int64_t i = 0; i < count; ++i) {
        for (std::size_t tap = 0; tap < taps.size(); ++tap) {
            taps[tap][static_cast<std::size_t>(i)] =
                static_cast<double>(weights[i * filter_stride + static_cast<std::int64_t>(tap)]);
        }
    }
    for (const Row& down : rows) {
        std::array<Block, 3> half;
        for (std::size_t x = 0; x < 3; ++x) {
            half[x] = combine(down, taps[x], taps[3 + x], taps[6 + x]);
        }
        for (const Row& across : rows) {
            const Block plane = combine(across, half[0], half[1], half[2]);
            std::transform(plane.begin(), plane.begin() + count, to, [](double x) { return static_cast<float>(x); });
            to += stride;
        }
    }
}

}  // namespace

std::int64_t winograd_weights_size(const FloatIsa& isa, int tile, std::int64_t channels, std::int64_t filters) {
    return (tile + 2) * (tile + 2) * packed_size(isa, channels, filters);
}

void pack_winograd_weights(const FloatIsa& isa, int tile, std::int64_t channels, std::int64_t filters,
                           const float* weights, float* to) {
    const std::int64_t planes = (tile + 2) * (tile + 2);
    const std::int64_t plane_size = packed_size(isa, channels, filters);
    const std::int64_t matrix = channels * isa.columns;
    std::vector<float> panel(static_cast<std::size_t>(planes * matrix));
    std::vector<std::int64_t> rows(static_cast<std::size_t>(channels));
    for (std::int64_t c = 0; c < channels; ++c) {
        rows[static_cast<std::size_t>(c)] = c * isa.columns;
    }
    for (std::int64_t first = 0; first < filters; first += isa.columns) {
        const std::int64_t columns = std::min(isa.columns, filters - first);
        for (std::int64_t c = 0; c < channels; ++c) {
            transform(points(tile), weights + (first * channels + c) * 9, channels * 9, columns,
                      panel.data() + c * isa.columns, matrix);
        }
        for (std::int64_t plane = 0; plane < planes; ++plane) {
            pack_panels(isa, rows, columns, panel.data() + plane * matrix, 1,
                        to + plane * plane_size + first * channels);
        }
    }
}

}  // namespace onecnn::core
