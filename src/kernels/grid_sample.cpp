// SPDX-License-Identifier: Apache-2.0
#include "kernels/grid_sample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>
#include <utility>

#include "kernels/float16.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

template <typename A>
struct Borders {
    A low;
    A high;
};

template <typename A>
A reflect(A x, const Borders<A>& borders) {
    const A span = borders.high - borders.low;
    if (span <= 0) {
        return borders.low;
    }
    const A beyond = x < borders.low ? borders.low - x : x - borders.low;
    const A folded = std::fmod(beyond, 2 * span);
    return borders.low + (folded > span ? 2 * span - folded : folded);
}

/// A place whose neighbours are the reflections of those of x, and which is near.
template <typename A>
A wrap(A x, const Borders<A>& borders) {
    const A span = borders.high - borders.low;
    return span <= 0 ? borders.low : borders.low + std::fmod(x - borders.low, 2 * span);
}

/// The elements along one dimension that a place is sampled from, and their weights. Outside, with zeros there, weights are 0.
template <typename A>
struct Samples {
    std::int64_t count = 0;
    std::array<std::int64_t, 4> element;
    std::array<A, 4> weight;
};

template <typename A>
class Dimension {
public:
    Dimension(const GridSampling& sampling, std::int64_t size)
        : mode_(sampling.mode),
          padding_(sampling.padding),
          align_corners_(sampling.align_corners),
          size_(size),
          borders_(sampling.align_corners ? Borders<A>{0, static_cast<A>(size - 1)}
                                          : Borders<A>{A{-0.5}, static_cast<A>(size) - A{0.5}}) {}

    [[nodiscard]] Samples<A> at(A normalized) const {
        const A x = place(normalized);
        const A floor = std::floor(x);
        const auto first = static_cast<std::int64_t>(floor);
        const A t = x - floor;
        Samples<A> samples;
        const auto add = [&](std::int64_t element, A weight) {
            const std::int64_t inside = fetch(element);
            const auto i = static_cast<std::size_t>(samples.count++);
            samples.element[i] = std::clamp<std::int64_t>(inside, 0, size_ - 1);
            samples.weight[i] = samples.element[i] == inside ? weight : 0;
        };
        switch (mode_) {
            case SampleMode::nearest: add(first, 1); break;
            case SampleMode::linear:
                add(first, 1 - t);
                add(first + 1, t);
                break;
            case SampleMode::cubic:
                add(first - 1, far(1 + t));
                add(first, near(t));
                add(first + 1, near(1 - t));
                add(first + 2, far(2 - t));
                break;
        }
        return samples;
    }

private:
    static constexpr A cubic = A{-0.75};
    static A near(A x) { return ((cubic + 2) * x - (cubic + 3)) * x * x + 1; }
    static A far(A x) { return ((cubic * x - 5 * cubic) * x + 8 * cubic) * x - 4 * cubic; }

    /// In elements, a whole number for `nearest`; never so far outside that it would not fit an integer.
    [[nodiscard]] A place(A normalized) const {
        const auto size = static_cast<A>(size_);
        A x = align_corners_ ? (normalized + 1) / 2 * (size - 1) : ((normalized + 1) * size - 1) / 2;
        x = mode_ == SampleMode::nearest ? std::nearbyint(x) : x;
        if (x < borders_.low || x > borders_.high) {
            const bool is_cubic = mode_ == SampleMode::cubic;  // its elements are brought inside one by one
            if (padding_ == SamplePadding::reflection) {
                x = is_cubic ? wrap(x, borders_) : reflect(x, borders_);
            } else if (padding_ == SamplePadding::border && !is_cubic) {
                x = std::clamp<A>(x, 0, size - 1);
            }
        }
        // Further away there is nothing but padding; NaN, which is nowhere, is there, too.
        constexpr A away = 4;
        return x >= -away - 2 * size ? std::min(x, 2 * size + away) : -away;
    }

    /// The element that stands at an index, which may be outside with zeros there.
    [[nodiscard]] std::int64_t fetch(std::int64_t index) const {
        switch (padding_) {
            case SamplePadding::zeros: return index;
            case SamplePadding::border: return std::clamp<std::int64_t>(index, 0, size_ - 1);
            case SamplePadding::reflection: break;
        }
        return std::clamp<std::int64_t>(static_cast<std::int64_t>(reflect(static_cast<A>(index), borders_)), 0,
                                        size_ - 1);
    }

    SampleMode mode_;
    SamplePadding padding_;
    bool align_corners_;
    std::int64_t size_;
    Borders<A> borders_;
};

/// The elements of a channel that make a result, and their weights.
template <typename A>
struct Mixture {
    std::int64_t count = 1;
    std::array<std::int64_t, most_samples> offset{};
    std::array<A, most_samples> weight{1};

    /// Splits each element into those along one more dimension.
    void spread(const Samples<A>& samples, std::int64_t stride) {
        for (std::int64_t i = samples.count; i-- > 0;) {
            const auto sample = static_cast<std::size_t>(i);
            for (std::int64_t j = 0; j < count; ++j) {
                const auto from = static_cast<std::size_t>(j);
                const auto to = static_cast<std::size_t>(i * count + j);
                offset[to] = offset[from] + samples.element[sample] * stride;
                weight[to] = weight[from] * samples.weight[sample];
            }
        }
        count *= samples.count;
    }
};

template <typename A>
using ReadGrid = A (*)(const std::byte* grid, std::int64_t index);

template <typename G, typename A>
A read(const std::byte* grid, std::int64_t index) {
    const G value = reinterpret_cast<const G*>(grid)[index];
    if constexpr (std::is_same_v<G, double>) {
        return static_cast<A>(value);
    } else {
        return static_cast<A>(static_cast<float>(value));
    }
}

template <typename A>
ReadGrid<A> grid_reader(DType dtype) {
    switch (dtype) {
        case DType::float32: return &read<float, A>;
        case DType::float64: return &read<double, A>;
        case DType::float16: return &read<Float16, A>;
        case DType::bfloat16: return &read<BFloat16, A>;
        default: fail(ErrorCode::internal, "a grid of ", name(dtype));
    }
}

template <typename T>
std::unique_ptr<Step> step_of(DType grid_dtype, GridSampling sampling, Slot src, Slot grid, Slot dst) {
    using A = std::conditional_t<std::is_same_v<T, double>, double, float>;
    std::vector<Dimension<A>> dimensions;
    std::int64_t samples = 1;
    for (const std::int64_t size : sampling.input) {
        dimensions.emplace_back(sampling, size);
        samples *= sampling.mode == SampleMode::nearest ? 1 : sampling.mode == SampleMode::linear ? 2 : 4;
    }
    const std::int64_t places = checked_multiply(sampling.images, sampling.output);
    const std::int64_t place_work = checked_multiply(samples, 2 * sampling.channels + 16);
    const std::int64_t slices = slices_for(places, place_work);
    const Shape strides = row_major_strides(sampling.input);
    const std::int64_t plane = element_count(sampling.input);
    const auto rank = static_cast<std::int64_t>(dimensions.size());
    auto step = std::make_unique<FunctionStep>(
        "grid_sample", slices,
        [=, dimensions = std::move(dimensions), reader = grid_reader<A>(grid_dtype)](const Memory& memory,
                                                                                     std::int64_t slice) {
            const Range range = slice_range(places, slices, slice);
            for (std::int64_t place = range.begin; place < range.end; ++place) {
                Mixture<A> mixture;
                for (std::int64_t i = 0; i < rank; ++i) {
                    // A place's coordinates come innermost dimension first.
                    const A normalized = reader(memory[grid], place * rank + rank - 1 - i);
                    const auto dimension = static_cast<std::size_t>(i);
                    mixture.spread(dimensions[dimension].at(normalized), strides[dimension]);
                }
                const std::int64_t image = place / sampling.output;
                const T* from = memory.at<const T>(src) + image * sampling.channels * plane;
                T* to = memory.at<T>(dst) + image * sampling.channels * sampling.output + place % sampling.output;
                for (std::int64_t c = 0; c < sampling.channels; ++c) {
                    A sum = 0;
                    for (std::size_t i = 0; i < static_cast<std::size_t>(mixture.count); ++i) {
                        if (mixture.weight[i] != 0) {
                            sum += mixture.weight[i] * static_cast<A>(from[c * plane + mixture.offset[i]]);
                        }
                    }
                    to[c * sampling.output] = static_cast<T>(sum);
                }
            }
        });
    step->reads = {src, grid};
    step->writes = {dst};
    step->work = checked_multiply(places, place_work);
    return step;
}

}  // namespace

std::unique_ptr<Step> make_grid_sample_step(DType dtype, DType grid_dtype, GridSampling sampling, Slot src, Slot grid,
                                            Slot dst) {
    switch (dtype) {
        case DType::float32: return step_of<float>(grid_dtype, std::move(sampling), src, grid, dst);
        case DType::float64: return step_of<double>(grid_dtype, std::move(sampling), src, grid, dst);
        case DType::float16: return step_of<Float16>(grid_dtype, std::move(sampling), src, grid, dst);
        case DType::bfloat16: return step_of<BFloat16>(grid_dtype, std::move(sampling), src, grid, dst);
        default: fail(ErrorCode::internal, "a sampling of ", name(dtype));
    }
}

}  // namespace onecnn::core
