// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "kernels/float16.h"
#include "kernels/roi_pool.h"
#include "kernels/scratch_step.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

/// Where one axis of a region is sampled: `count` times in each bin.
template <typename A>
struct SampledAxis {
    A start;
    A bin;
    std::int64_t count;
    std::int64_t size;  ///< of the image

    SampledAxis(A begin, A end, std::int64_t bins, std::int64_t image_size, const RoiAlignment& alignment)
        : size(image_size) {
        const A scale = static_cast<A>(alignment.pooling.spatial_scale);
        const A offset = alignment.half_pixel ? A{0.5} : A{0};
        start = begin * scale - offset;
        const A raw = end * scale - offset - start;
        const A extent = alignment.half_pixel ? raw : std::max(raw, A{1});
        bin = extent / static_cast<A>(bins);
        // Samples that no image reaches are skipped: what counts is that their number fits an integer.
        constexpr A most = 1 << 30;
        const A adaptive = std::ceil(bin);
        count = alignment.sampling_ratio > 0 ? alignment.sampling_ratio
                : adaptive >= 1              ? static_cast<std::int64_t>(std::min(adaptive, most))
                                             : 0;
    }

    [[nodiscard]] A at(std::int64_t index, std::int64_t sample) const {
        return start + static_cast<A>(index) * bin + (static_cast<A>(sample) + A{0.5}) * bin / static_cast<A>(count);
    }

    [[nodiscard]] bool reaches(A x) const { return x >= -1 && x <= static_cast<A>(size); }

    /// The samples of a bin among which all are that the image reaches.
    [[nodiscard]] Range inside(std::int64_t index) const {
        const A step = bin / static_cast<A>(count);
        if (!(step > 0)) {
            return {0, std::isfinite(start + step) ? count : 0};
        }
        const A first = at(index, 0);
        // Written so that what is no number becomes 0.
        const auto sample = [&](A x) -> std::int64_t {
            const A i = (x - first) / step;
            return i > 0 ? (i < static_cast<A>(count) ? static_cast<std::int64_t>(i) : count) : 0;
        };
        // A sample more at each end makes up for rounding.
        return {std::max<std::int64_t>(sample(-1) - 1, 0),
                std::min<std::int64_t>(sample(static_cast<A>(size)) + 2, count)};
    }
};

/// Two neighbours along an axis, and their weights.
template <typename A>
struct Neighbours {
    std::int64_t low;
    std::int64_t high;
    A of_low;
    A of_high;

    Neighbours(A x, std::int64_t size) {
        const A inside = std::clamp<A>(x, 0, static_cast<A>(size - 1));
        low = std::min(static_cast<std::int64_t>(inside), size - 1);
        high = std::min(low + 1, size - 1);
        of_high = inside - static_cast<A>(low);
        of_low = 1 - of_high;
    }
};

/// One bin of all channels.
template <typename T, typename A>
void align_bin(const RoiAlignment& alignment, const SampledAxis<A>& y, const SampledAxis<A>& x, std::int64_t row,
               std::int64_t column, const T* image, A* sums) {
    const std::int64_t channels = alignment.pooling.channels;
    const std::int64_t plane = y.size * x.size;
    const bool is_max = alignment.mode == RoiAlignMode::max;
    std::int64_t reached = 0;
    std::fill_n(sums, channels, A{0});
    const Range rows = y.inside(row);
    const Range columns = x.inside(column);
    for (std::int64_t i = rows.begin; i < rows.end; ++i) {
        const A at_y = y.at(row, i);
        for (std::int64_t j = columns.begin; y.reaches(at_y) && j < columns.end; ++j) {
            const A at_x = x.at(column, j);
            if (!x.reaches(at_x)) {
                continue;
            }
            const Neighbours<A> v(at_y, y.size);
            const Neighbours<A> h(at_x, x.size);
            const T* top = image + v.low * x.size;
            const T* bottom = image + v.high * x.size;
            for (std::int64_t c = 0; c < channels; ++c) {
                const A a = v.of_low * h.of_low * static_cast<A>(top[c * plane + h.low]);
                const A b = v.of_low * h.of_high * static_cast<A>(top[c * plane + h.high]);
                const A d = v.of_high * h.of_low * static_cast<A>(bottom[c * plane + h.low]);
                const A e = v.of_high * h.of_high * static_cast<A>(bottom[c * plane + h.high]);
                if (!is_max) {
                    sums[c] += a + b + d + e;
                } else {
                    const A largest = std::max(std::max(a, b), std::max(d, e));
                    sums[c] = reached == 0 ? largest : std::max(sums[c], largest);
                }
            }
            ++reached;
        }
    }
    const A samples = static_cast<A>(y.count) * static_cast<A>(x.count);
    for (std::int64_t c = 0; c < channels; ++c) {
        if (!is_max) {
            sums[c] /= std::max(samples, A{1});
        } else if (static_cast<A>(reached) < samples) {
            sums[c] = std::max(sums[c], A{0});  // what lies outside counts as 0
        }
    }
}

template <typename T>
std::unique_ptr<Step> step_of(const RoiAlignment& alignment, Slot src, Slot rois, Slot images, Slot dst) {
    using A = std::conditional_t<std::is_same_v<T, double>, double, float>;
    const RoiPooling& whole = alignment.pooling;
    const std::int64_t bins = checked_multiply(whole.pooled_height, whole.pooled_width);
    const std::int64_t items = checked_multiply(whole.regions, bins);
    const std::int64_t samples = std::max<std::int64_t>(alignment.sampling_ratio, 2);
    const std::int64_t item_work = checked_multiply(8 * samples * samples, whole.channels);
    const std::int64_t slices = slices_for(items, item_work);
    ScratchLayout scratch;
    static_cast<void>(scratch.take<A>(whole.channels));
    auto body = [=](const Memory& memory, std::int64_t slice, std::byte* place) {
        const RoiPooling& pooling = alignment.pooling;
        A* const sums = reinterpret_cast<A*>(place);
        const Range range = slice_range(items, slices, slice);
        for (std::int64_t item = range.begin; item < range.end; ++item) {
            const std::int64_t region = item / bins;
            const std::int64_t bin = item % bins;
            const std::int64_t image = memory.at<const std::int64_t>(images)[region];
            if (image < 0 || image >= pooling.images) {
                fail(ErrorCode::invalid_argument, pooling.node, ": element ", region, " of batch_indices is ", image,
                     ", outside [0, ", pooling.images, ")");
            }
            const T* roi = memory.at<const T>(rois) + region * 4;
            const SampledAxis<A> x(static_cast<A>(roi[0]), static_cast<A>(roi[2]), pooling.pooled_width, pooling.width,
                                   alignment);
            const SampledAxis<A> y(static_cast<A>(roi[1]), static_cast<A>(roi[3]), pooling.pooled_height,
                                   pooling.height, alignment);
            const T* from = memory.at<const T>(src) + image * pooling.channels * pooling.height * pooling.width;
            align_bin(alignment, y, x, bin / pooling.pooled_width, bin % pooling.pooled_width, from, sums);
            T* to = memory.at<T>(dst) + region * pooling.channels * bins + bin;
            for (std::int64_t c = 0; c < pooling.channels; ++c) {
                to[c * bins] = static_cast<T>(sums[c]);
            }
        }
    };
    auto step = std::make_unique<ScratchStep>("roi_align", slices, scratch.bytes(), std::move(body));
    step->reads = {src, rois, images};
    step->writes = {dst};
    step->work = checked_multiply(items, item_work);
    return step;
}

}  // namespace

std::unique_ptr<Step> make_roi_align_step(DType dtype, const RoiAlignment& alignment, Slot src, Slot rois, Slot images,
                                          Slot dst) {
    switch (dtype) {
        case DType::float32: return step_of<float>(alignment, src, rois, images, dst);
        case DType::float64: return step_of<double>(alignment, src, rois, images, dst);
        case DType::float16: return step_of<Float16>(alignment, src, rois, images, dst);
        case DType::bfloat16: return step_of<BFloat16>(alignment, src, rois, images, dst);
        default: fail(ErrorCode::internal, "RoiAlign of ", name(dtype));
    }
}

}  // namespace onecnn::core
