// SPDX-License-Identifier: Apache-2.0
#include "kernels/winograd_convolution.h"

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <deque>
#include <random>
#include <vector>

#include "kernels/winograd_weights.h"
#include "runtime/tensor.h"

namespace onecnn::core {

namespace {

constexpr float untouched = 77;

/// Channels last, some floats between one pixel's channels and the next pixel's.
struct Image {
    Image(std::int64_t pixels, std::int64_t channels, std::int64_t gap)
        : stride(channels + gap), floats(static_cast<std::size_t>(pixels * stride), untouched) {}

    [[nodiscard]] float& at(std::int64_t pixel, std::int64_t channel) {
        return floats[static_cast<std::size_t>(pixel * stride + channel)];
    }

    std::int64_t stride;
    std::vector<float> floats;
};

struct Case {
    WinogradSizes sizes;
    int tile;
    bool fused;  ///< a bias, an addend and an activation
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
    return out << "F(" << c.tile << ") " << c.sizes.images << "x" << c.sizes.channels << "x" << c.sizes.height << "x"
               << c.sizes.width << " -> " << c.sizes.filters;
}

WinogradSizes sizes(std::int64_t images, std::int64_t channels, std::int64_t filters, std::int64_t height,
                    std::int64_t width, std::int64_t pad_top, std::int64_t pad_bottom, std::int64_t pad_left,
                    std::int64_t pad_right) {
    return {.images = images,
            .channels = channels,
            .filters = filters,
            .height = height,
            .width = width,
            .result_height = height + pad_top + pad_bottom - 2,
            .result_width = width + pad_left + pad_right - 2,
            .pad_top = pad_top,
            .pad_left = pad_left};
}

std::vector<Case> cases() {
    std::vector<Case> all;
    for (const int tile : {2, 4}) {
        for (const bool fused : {false, true}) {
            all.push_back({sizes(1, 1, 1, 3, 3, 0, 0, 0, 0), tile, fused});
            all.push_back({sizes(2, 17, 33, 9, 6, 1, 1, 1, 1), tile, fused});
            all.push_back({sizes(1, 16, 32, 8, 8, 1, 1, 1, 1), tile, fused});
            all.push_back({sizes(1, 5, 7, 2, 1, 4, 0, 0, 5), tile, fused});
            all.push_back({sizes(3, 24, 40, 13, 11, 0, 2, 1, 0), tile, fused});
            all.push_back({sizes(1, 40, 24, 90, 70, 1, 1, 1, 1), tile, fused});
            all.push_back({sizes(2, 130, 66, 40, 37, 1, 1, 1, 1), tile, fused});
        }
    }
    return all;
}

/// The definition, in double.
double expected(const WinogradSizes& s, Image& src, const std::vector<float>& weights, std::int64_t image,
                std::int64_t y, std::int64_t x, std::int64_t filter) {
    double sum = 0;
    for (std::int64_t tap = 0; tap < 9; ++tap) {
        const std::int64_t row = y + tap / 3 - s.pad_top;
        const std::int64_t column = x + tap % 3 - s.pad_left;
        if (row < 0 || column < 0 || row >= s.height || column >= s.width) {
            continue;
        }
        for (std::int64_t c = 0; c < s.channels; ++c) {
            sum += static_cast<double>(src.at((image * s.height + row) * s.width + column, c)) *
                   static_cast<double>(weights[static_cast<std::size_t>((filter * s.channels + c) * 9 + tap)]);
        }
    }
    return sum;
}

/// Memory of a run whose slots are given one after another.
class Run {
public:
    [[nodiscard]] Slot add(void* pointer) {
        pointers_.push_back(static_cast<std::byte*>(pointer));
        return static_cast<Slot>(pointers_.size() - 1);
    }

    [[nodiscard]] Slot temporary(std::size_t bytes) { return add(kept_.emplace_back(allocate(bytes)).get()); }

    void execute(const std::vector<std::unique_ptr<Step>>& steps) const {
        for (const auto& step : steps) {
            const auto scratch = allocate(step->scratch_bytes());
            for (std::int64_t slice = 0; slice < step->slice_count(); ++slice) {
                step->run(Memory(pointers_.data()), nullptr, slice, scratch.get());
            }
        }
    }

private:
    std::vector<std::byte*> pointers_;
    std::deque<std::shared_ptr<std::byte>> kept_;
};

boost::test_tools::assertion_result has_kernels(boost::unit_test::test_unit_id /*unit*/) {
    return float_isa() != nullptr;
}

}  // namespace

// Elsewhere oneDNN convolves.
BOOST_AUTO_TEST_SUITE(winograd, *boost::unit_test::precondition(has_kernels))

BOOST_DATA_TEST_CASE(agrees_with_the_definition, boost::unit_test::data::make(cases()), test) {
    const FloatIsa& isa = *float_isa();
    const WinogradSizes& s = test.sizes;
    std::mt19937 engine(5);
    std::uniform_real_distribution<float> uniform(-1, 1);
    const auto random = [&] { return uniform(engine); };
    std::vector<float> weights(static_cast<std::size_t>(s.filters * s.channels * 9));
    std::vector<float> bias(static_cast<std::size_t>(s.filters));
    std::ranges::generate(weights, random);
    std::ranges::generate(bias, random);
    const std::int64_t results = s.images * s.result_height * s.result_width;
    Image src(s.images * s.height * s.width, s.channels, 3);
    Image addend(results, s.filters, 5);
    Image dst(results, s.filters, 7);
    // What lies between the channels of two pixels must not be read.
    const auto fill = [&](Image& image, std::int64_t channels) {
        for (std::size_t i = 0; i < image.floats.size(); ++i) {
            const bool between = static_cast<std::int64_t>(i) % image.stride >= channels;
            image.floats[i] = between ? std::nanf("") : random();
        }
    };
    fill(src, s.channels);
    fill(addend, s.filters);

    std::vector<float> packed(static_cast<std::size_t>(winograd_weights_size(isa, test.tile, s.channels, s.filters)));
    pack_winograd_weights(isa, test.tile, s.channels, s.filters, weights.data(), packed.data());
    Run run;
    WinogradConvolution convolution{.sizes = s,
                                    .tile = test.tile,
                                    .pooled = false,
                                    .operands = {.src = {run.add(src.floats.data()), 0, src.stride},
                                                 .weights = run.add(packed.data()),
                                                 .bias = {},
                                                 .addend = {},
                                                 .dst = {run.add(dst.floats.data()), 0, dst.stride},
                                                 .activation = {}}};
    if (test.fused) {
        convolution.operands.bias = run.add(bias.data());
        convolution.operands.addend = {run.add(addend.floats.data()), 0, addend.stride};
        convolution.operands.activation = {"Clip", -2, 1.5F};
    }
    run.execute(make_winograd_steps(isa, convolution, [&](std::size_t bytes) { return run.temporary(bytes); }));

    const double tolerance = 2e-6 * std::sqrt(static_cast<double>(9 * s.channels)) * 4;
    double worst = 0;
    for (std::int64_t pixel = 0; pixel < results; ++pixel) {
        const std::int64_t x = pixel % s.result_width;
        const std::int64_t y = pixel / s.result_width % s.result_height;
        for (std::int64_t filter = 0; filter < dst.stride; ++filter) {
            double want = static_cast<double>(untouched);
            if (filter < s.filters) {
                want = expected(s, src, weights, pixel / s.result_width / s.result_height, y, x, filter);
                if (test.fused) {
                    want += static_cast<double>(bias[static_cast<std::size_t>(filter)] + addend.at(pixel, filter));
                    want = std::clamp(want, -2.0, 1.5);
                }
            }
            worst = std::max(worst, std::abs(want - static_cast<double>(dst.at(pixel, filter))));
        }
    }
    BOOST_TEST(worst < tolerance);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace onecnn::core
