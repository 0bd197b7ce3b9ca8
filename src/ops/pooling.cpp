// SPDX-License-Identifier: Apache-2.0
#include "ops/pooling.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "kernels/channels_last_pool.h"

namespace onecnn::core {

namespace {

using Primitive = dnnl::pooling_forward::primitive_desc;

dnnl::algorithm algorithm(Reduction reduction) {
    switch (reduction) {
        case Reduction::max: return dnnl::algorithm::pooling_max;
        case Reduction::average: return dnnl::algorithm::pooling_avg_exclude_padding;
        case Reduction::average_with_padding: return dnnl::algorithm::pooling_avg_include_padding;
        case Reduction::lp: break;
    }
    fail(ErrorCode::internal, "oneDNN has no such reduction");
}

/// oneDNN counts the elements past pads_end as padding, and takes no window that sees only padding.
bool onednn_agrees(const Pooling& pooling) {
    const Window& window = pooling.window;
    if (pooling.reduction == Reduction::lp || window.kernel.size() > 3 ||
        !fits_int32(window, pooling.src, pooling.dst)) {
        return false;
    }
    for (std::size_t i = 0; i < window.kernel.size(); ++i) {
        const bool beyond = window.overhang[i] != 0 && pooling.reduction == Reduction::average_with_padding;
        const std::int64_t end = window.pads_end[i] + window.overhang[i];
        if (beyond || pooling.src[i + 2] == 0 || window.pads_begin[i] >= window.extent(i) || end >= window.extent(i)) {
            return false;
        }
    }
    return true;
}

/// The primitive of a pooling; nothing when oneDNN has only a reference implementation.
std::optional<Primitive> primitive(DType dtype, const Pooling& pooling, Layout layout) {
    Shape dilates;
    Shape ends;
    for (std::size_t i = 0; i < pooling.window.kernel.size(); ++i) {
        dilates.push_back(pooling.window.dilations[i] - 1);
        ends.push_back(pooling.window.pads_end[i] + pooling.window.overhang[i]);
    }
    constexpr bool allow_empty = true;
    Primitive made(cpu_engine(), dnnl::prop_kind::forward_inference, algorithm(pooling.reduction),
                   descriptor(dtype, pooling.src, layout), descriptor(dtype, pooling.dst, layout),
                   pooling.window.strides, pooling.window.kernel, dilates, pooling.window.pads_begin, ends,
                   primitive_attributes(), allow_empty);
    if (!made || is_reference(made)) {
        return std::nullopt;
    }
    return made;
}

std::int64_t operations(const Pooling& pooling) {
    std::int64_t work = element_count(pooling.dst);
    for (std::size_t i = 0; i < pooling.window.kernel.size(); ++i) {
        work = checked_multiply(work, std::clamp<std::int64_t>(pooling.src[i + 2], 1, pooling.window.kernel[i]));
    }
    return work;
}

/// A slice of a pooling that is dense in memory, and where its parts begin, in elements.
struct Part {
    Pooling pooling;
    std::int64_t src_begin;
    std::int64_t dst_begin;
};

/// Images, or channels of the one image.
Part planes_part(const Pooling& whole, std::size_t dimension, Range range) {
    Part part{whole, 0, 0};
    part.src_begin = range.begin * element_count(whole.src, dimension + 1, whole.src.size());
    part.dst_begin = range.begin * element_count(whole.dst, dimension + 1, whole.dst.size());
    part.pooling.src[dimension] = part.pooling.dst[dimension] = range.end - range.begin;
    return part;
}

/// Rows of the one image, channels last; what they need from outside the image is padding.
Part rows_part(const Pooling& whole, Range range) {
    Part part{whole, 0, 0};
    const Window& window = whole.window;
    const std::int64_t first = range.begin * window.strides[0] - window.pads_begin[0];
    const std::int64_t last = (range.end - 1) * window.strides[0] - window.pads_begin[0] + window.extent(0);
    const std::int64_t top = std::max<std::int64_t>(first, 0);
    const std::int64_t bottom = std::min(last, whole.src[2]);
    part.pooling.src[2] = bottom - top;
    part.pooling.dst[2] = range.end - range.begin;
    part.pooling.window.pads_begin[0] = top - first;
    part.pooling.window.pads_end[0] = last - bottom;
    part.pooling.window.overhang[0] = 0;
    part.src_begin = top * whole.src[1] * element_count(whole.src, 3, whole.src.size());
    part.dst_begin = range.begin * whole.dst[1] * element_count(whole.dst, 3, whole.dst.size());
    return part;
}

std::vector<Part> cut(const Pooling& whole, Layout layout) {
    const bool one_image = whole.src[0] == 1;
    const std::size_t dimension = !one_image ? 0 : layout == Layout::row_major ? 1 : 2;
    // oneDNN's kernels take channels in vectors: a part of a vector would be for the reference.
    const std::int64_t unit = dimension == 1 ? 16 : 1;
    const std::int64_t items = whole.dst[dimension];
    const std::int64_t units = std::max<std::int64_t>(1, items / unit);
    const std::int64_t slices = slices_for(units, operations(whole) / units);
    std::vector<Part> parts;
    for (std::int64_t slice = 0; slice < slices; ++slice) {
        Range range = slice_range(units, slices, slice);
        range = {range.begin * unit, slice + 1 == slices ? items : range.end * unit};
        parts.push_back(dimension == 2 ? rows_part(whole, range) : planes_part(whole, dimension, range));
    }
    return parts;
}

bool lower_to_onednn(LowerContext& context, const Pooling& whole) {
    const DType dtype = context.dtype(0);
    const Layout layout = context.layout(0);
    if (!onednn_type(dtype) || !onednn_agrees(whole) || !primitive(dtype, whole, layout)) {
        return false;
    }
    const auto parts = cut(whole, layout);
    std::vector<Primitive> primitives;
    for (const Part& part : parts) {
        const auto made = primitive(dtype, part.pooling, layout);
        if (!made) {
            return false;
        }
        primitives.push_back(*made);
    }
    const Slot src = context.input(0, layout);
    const Slot dst = context.output(0, layout);
    const std::int64_t element_bytes = bits(dtype) / 8;
    std::vector<PrimitiveStep::Slice> slices;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto offset = [element_bytes](std::int64_t begin) {
            return static_cast<std::size_t>(begin * element_bytes);
        };
        slices.push_back({dnnl::pooling_forward(primitives[i]),
                          {{DNNL_ARG_SRC, primitives[i].src_desc(), src, offset(parts[i].src_begin)},
                           {DNNL_ARG_DST, primitives[i].dst_desc(), dst, offset(parts[i].dst_begin)}}});
    }
    context.add(std::make_unique<PrimitiveStep>(primitives[0].impl_info_str(), std::move(slices), operations(whole)));
    return true;
}

std::vector<PoolDimension> dimensions(const Pooling& pooling) {
    const Window& window = pooling.window;
    std::vector<PoolDimension> result;
    for (std::size_t i = 0; i < window.kernel.size(); ++i) {
        result.push_back({pooling.src[i + 2], pooling.dst[i + 2], window.kernel[i], window.strides[i],
                          window.dilations[i], window.pads_begin[i], window.pads_end[i]});
    }
    return result;
}

/// Float32 that lies channels last, of one or two spatial dimensions.
bool lower_channels_last(LowerContext& context, const Pooling& pooling) {
    const auto spatial = dimensions(pooling);
    if (context.dtype(0) != DType::float32 || context.layout(0) != Layout::channels_last || spatial.size() > 2 ||
        pooling.reduction == Reduction::lp) {
        return false;
    }
    using Fold = ChannelsLastPool::Fold;
    constexpr PoolDimension none{1, 1, 1, 1, 1, 0, 0};
    context.add(
        make_channels_last_pool_step({.fold = pooling.reduction == Reduction::max       ? Fold::max
                                              : pooling.reduction == Reduction::average ? Fold::mean
                                                                                        : Fold::mean_with_padding,
                                      .images = pooling.src[0],
                                      .channels = pooling.src[1],
                                      .rows = spatial.size() == 2 ? spatial[0] : none,
                                      .columns = spatial.back(),
                                      .src = context.input_place(0),
                                      .dst = context.output_place(0)}));
    return true;
}

PoolShape as_pool_shape(const Pooling& pooling) { return {pooling.src[0] * pooling.src[1], dimensions(pooling)}; }

}  // namespace

void lower_pooling(LowerContext& context, const Pooling& pooling) {
    const bool wants_indices = context.has_output(1);
    if (!wants_indices && (lower_channels_last(context, pooling) || lower_to_onednn(context, pooling))) {
        return;
    }
    const DType dtype = context.dtype(0);
    const PoolShape shape = as_pool_shape(pooling);
    const Slot src = context.input(0);
    if (pooling.reduction == Reduction::lp) {
        context.add(make_lp_pool_step(dtype, shape, pooling.p, src, context.output(0)));
        return;
    }
    if (pooling.reduction != Reduction::max) {
        const bool include_padding = pooling.reduction == Reduction::average_with_padding;
        context.add(make_average_pool_step(dtype, shape, include_padding, src, context.output(0)));
        return;
    }
    const auto dst = context.has_output(0) ? std::optional(context.output(0)) : std::nullopt;
    const auto indices = wants_indices ? std::optional(context.output(1)) : std::nullopt;
    context.add(make_max_pool_step(dtype, shape, src, dst, indices, pooling.index_order));
}

}  // namespace onecnn::core
