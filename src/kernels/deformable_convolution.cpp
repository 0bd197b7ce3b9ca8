// SPDX-License-Identifier: Apache-2.0
#include "kernels/deformable_convolution.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "kernels/float16.h"
#include "kernels/scratch_step.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

/// An element of a plane between four others; what lies outside is 0.
template <typename A, typename T>
A sample(const T* plane, std::int64_t height, std::int64_t width, A y, A x) {
    if (!(y > -1 && y < static_cast<A>(height) && x > -1 && x < static_cast<A>(width))) {
        return 0;
    }
    const A floor_y = std::floor(y);
    const A floor_x = std::floor(x);
    const auto top = static_cast<std::int64_t>(floor_y);
    const auto left = static_cast<std::int64_t>(floor_x);
    const A lower = y - floor_y;
    const A right = x - floor_x;
    const auto at = [&](std::int64_t i, std::int64_t j) {
        return i >= 0 && i < height && j >= 0 && j < width ? static_cast<A>(plane[i * width + j]) : A{0};
    };
    return (1 - lower) * ((1 - right) * at(top, left) + right * at(top, left + 1)) +
           lower * ((1 - right) * at(top + 1, left) + right * at(top + 1, left + 1));
}

template <typename T, typename A>
class Kernel {
public:
    Kernel(const DeformableConvolution& convolution, const DeformableSlots& slots)
        : what_(convolution),
          slots_(slots),
          channels_(convolution.groups * convolution.input_channels),
          taps_(convolution.dimensions[0].kernel * convolution.dimensions[1].kernel),
          input_plane_(convolution.dimensions[0].input * convolution.dimensions[1].input),
          output_plane_(convolution.dimensions[0].output * convolution.dimensions[1].output) {}

    /// All results at one place; `columns` holds the samples of every channel there.
    void operator()(const Memory& memory, std::int64_t place, A* columns) const {
        const std::int64_t image = place / output_plane_;
        const std::int64_t pixel = place % output_plane_;
        gather(memory, image, pixel, columns);
        const std::int64_t size = what_.input_channels * taps_;
        const std::int64_t filters = what_.groups * what_.output_channels;
        T* to = memory.at<T>(slots_.dst) + image * filters * output_plane_ + pixel;
        for (std::int64_t filter = 0; filter < filters; ++filter) {
            const T* weights = memory.at<const T>(slots_.weights) + filter * size;
            const A* samples = columns + filter / what_.output_channels * size;
            A sum = slots_.bias ? static_cast<A>(memory.at<const T>(*slots_.bias)[filter]) : A{0};
            for (std::int64_t i = 0; i < size; ++i) {
                sum += static_cast<A>(weights[i]) * samples[i];
            }
            to[filter * output_plane_] = static_cast<T>(sum);
        }
    }

private:
    void gather(const Memory& memory, std::int64_t image, std::int64_t pixel, A* columns) const {
        const auto& [rows, across] = what_.dimensions;
        const std::int64_t top = pixel / across.output * rows.stride - rows.pad_begin;
        const std::int64_t left = pixel % across.output * across.stride - across.pad_begin;
        const std::int64_t of_group = channels_ / what_.offset_groups;
        const T* plane = memory.at<const T>(slots_.src) + image * channels_ * input_plane_;
        for (std::int64_t c = 0; c < channels_; ++c, plane += input_plane_) {
            const std::int64_t first = (image * what_.offset_groups + c / of_group) * taps_;
            for (std::int64_t tap = 0; tap < taps_; ++tap) {
                const T* offset = memory.at<const T>(slots_.offsets) + (first + tap) * 2 * output_plane_ + pixel;
                const A y = static_cast<A>(top + tap / across.kernel * rows.dilation) + static_cast<A>(offset[0]);
                const A x = static_cast<A>(left + tap % across.kernel * across.dilation) +
                            static_cast<A>(offset[output_plane_]);
                const A factor =
                    slots_.mask
                        ? static_cast<A>(memory.at<const T>(*slots_.mask)[(first + tap) * output_plane_ + pixel])
                        : A{1};
                *columns++ = factor * sample(plane, rows.input, across.input, y, x);
            }
        }
    }

    DeformableConvolution what_;
    DeformableSlots slots_;
    std::int64_t channels_;
    std::int64_t taps_;
    std::int64_t input_plane_;
    std::int64_t output_plane_;
};

template <typename T>
std::unique_ptr<Step> step_of(const DeformableConvolution& convolution, const DeformableSlots& slots) {
    using A = std::conditional_t<std::is_same_v<T, double>, double, float>;
    const auto& [rows, across] = convolution.dimensions;
    const std::int64_t places = checked_multiply(convolution.images, checked_multiply(rows.output, across.output));
    const std::int64_t taps = checked_multiply(rows.kernel, across.kernel);
    const std::int64_t samples = checked_multiply(convolution.groups * convolution.input_channels, taps);
    const std::int64_t place_work = checked_multiply(samples, 2 * convolution.output_channels + 32);
    const std::int64_t slices = slices_for(places, place_work);
    ScratchLayout scratch;
    static_cast<void>(scratch.take<A>(samples));
    auto body = [=, kernel = Kernel<T, A>(convolution, slots)](const Memory& memory, std::int64_t slice,
                                                               std::byte* columns) {
        const Range range = slice_range(places, slices, slice);
        for (std::int64_t place = range.begin; place < range.end; ++place) {
            kernel(memory, place, reinterpret_cast<A*>(columns));
        }
    };
    auto step = std::make_unique<ScratchStep>("deformable_convolution", slices, scratch.bytes(), std::move(body));
    step->reads = {slots.src, slots.weights, slots.offsets};
    for (const auto& slot : {slots.bias, slots.mask}) {
        if (slot) {
            step->reads.push_back(*slot);
        }
    }
    step->writes = {slots.dst};
    step->work = checked_multiply(places, place_work);
    return step;
}

}  // namespace

std::unique_ptr<Step> make_deformable_convolution_step(DType dtype, const DeformableConvolution& convolution,
                                                       const DeformableSlots& slots) {
    switch (dtype) {
        case DType::float32: return step_of<float>(convolution, slots);
        case DType::float64: return step_of<double>(convolution, slots);
        case DType::float16: return step_of<Float16>(convolution, slots);
        case DType::bfloat16: return step_of<BFloat16>(convolution, slots);
        default: fail(ErrorCode::internal, "a deformable convolution of ", name(dtype));
    }
}

}  // namespace onecnn::core
