// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "kernels/float16.h"
#include "kernels/roi_pool.h"
#include "runtime/error.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

/// A place in an image: whole, and near enough for what follows to fit an integer.
template <typename A>
std::int64_t rounded(A x) {
    constexpr A far = 1 << 30;
    return x >= -far ? static_cast<std::int64_t>(std::round(std::min(x, far))) : -(std::int64_t{1} << 30);
}

/// The elements of an axis in one of a region's bins.
template <typename A>
Range bin_of(A begin, A end, std::int64_t bin, std::int64_t bins, std::int64_t size) {
    const std::int64_t start = rounded(begin);
    const std::int64_t extent = std::max<std::int64_t>(rounded(end) - start + 1, 1);
    const A step = static_cast<A>(extent) / static_cast<A>(bins);
    const auto first = static_cast<std::int64_t>(std::floor(static_cast<A>(bin) * step));
    const auto last = static_cast<std::int64_t>(std::ceil(static_cast<A>(bin + 1) * step));
    return {std::clamp<std::int64_t>(start + first, 0, size), std::clamp<std::int64_t>(start + last, 0, size)};
}

template <typename T>
std::unique_ptr<Step> step_of(const RoiPooling& pooling, Slot src, Slot rois, Slot dst) {
    using A = std::conditional_t<std::is_same_v<T, double>, double, float>;
    const std::int64_t bins = checked_multiply(pooling.pooled_height, pooling.pooled_width);
    const std::int64_t items = checked_multiply(checked_multiply(pooling.regions, pooling.channels), bins);
    constexpr std::int64_t item_work = 32;
    const std::int64_t slices = slices_for(items, item_work);
    auto step = std::make_unique<FunctionStep>("max_roi_pool", slices, [=](const Memory& memory, std::int64_t slice) {
        const Range range = slice_range(items, slices, slice);
        const A scale = static_cast<A>(pooling.spatial_scale);
        for (std::int64_t item = range.begin; item < range.end; ++item) {
            const std::int64_t bin = item % bins;
            const std::int64_t channel = item / bins % pooling.channels;
            const std::int64_t region = item / bins / pooling.channels;
            const T* roi = memory.at<const T>(rois) + region * 5;
            const auto value = [&](std::int64_t i) { return static_cast<A>(roi[i]); };
            if (!(value(0) >= 0 && value(0) < static_cast<A>(pooling.images))) {
                fail(ErrorCode::invalid_argument, pooling.node, ": region ", region, " is in image ", value(0),
                     ", outside [0, ", pooling.images, ")");
            }
            const auto image = std::min(static_cast<std::int64_t>(value(0)), pooling.images - 1);
            const Range columns = bin_of(value(1) * scale, value(3) * scale, bin % pooling.pooled_width,
                                         pooling.pooled_width, pooling.width);
            const Range rows = bin_of(value(2) * scale, value(4) * scale, bin / pooling.pooled_width,
                                      pooling.pooled_height, pooling.height);
            const T* plane =
                memory.at<const T>(src) + (image * pooling.channels + channel) * pooling.height * pooling.width;
            T largest = T(0.0F);
            bool any = false;
            for (std::int64_t y = rows.begin; y < rows.end; ++y) {
                for (std::int64_t x = columns.begin; x < columns.end; ++x) {
                    const T element = plane[y * pooling.width + x];
                    if (!any || static_cast<A>(element) > static_cast<A>(largest)) {
                        largest = element;
                        any = true;
                    }
                }
            }
            memory.at<T>(dst)[item] = largest;
        }
    });
    step->reads = {src, rois};
    step->writes = {dst};
    step->work = checked_multiply(items, item_work);
    return step;
}

}  // namespace

std::unique_ptr<Step> make_max_roi_pool_step(DType dtype, const RoiPooling& pooling, Slot src, Slot rois, Slot dst) {
    switch (dtype) {
        case DType::float32: return step_of<float>(pooling, src, rois, dst);
        case DType::float64: return step_of<double>(pooling, src, rois, dst);
        case DType::float16: return step_of<Float16>(pooling, src, rois, dst);
        case DType::bfloat16: return step_of<BFloat16>(pooling, src, rois, dst);
        default: fail(ErrorCode::internal, "MaxRoiPool of ", name(dtype));
    }
}

}  // namespace onecnn::core
