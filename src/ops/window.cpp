// SPDX-License-Identifier: Apache-2.0
#include "ops/window.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "graph/attributes.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

enum class AutoPad { notset, valid, same_upper, same_lower };

AutoPad auto_pad(const Node& node) {
    const auto text = attribute<std::string>(node, "auto_pad", "NOTSET");
    if (text == "NOTSET" || text.empty()) {
        return AutoPad::notset;
    }
    if (text == "VALID") {
        return AutoPad::valid;
    }
    if (text == "SAME_UPPER") {
        return AutoPad::same_upper;
    }
    if (text == "SAME_LOWER") {
        return AutoPad::same_lower;
    }
    fail(ErrorCode::invalid_model, describe(node), ": auto_pad is '", text,
         "', expected NOTSET, VALID, SAME_UPPER or SAME_LOWER");
}

/// Refuses values outside [least, 2³¹), so that products of two of them fit into 63 bits.
void require_sizes(const Node& node, std::string_view what, ShapeView sizes, std::size_t count, std::int64_t least) {
    if (sizes.size() != count) {
        fail(ErrorCode::invalid_model, describe(node), ": ", what, " is ", to_string(sizes), ", expected ", count,
             " values");
    }
    const auto fits = [least](std::int64_t size) {
        return size >= least && size <= std::numeric_limits<std::int32_t>::max();
    };
    if (!std::ranges::all_of(sizes, fits)) {
        fail(ErrorCode::invalid_model, describe(node), ": ", what, " is ", to_string(sizes), ", expected values from ",
             least, " to 2147483647");
    }
}

Shape sizes(const Node& node, std::string_view name, std::size_t count, std::int64_t least) {
    auto values = attribute<Shape>(node, name, Shape(count, least));
    require_sizes(node, name, values, count, least);
    return values;
}

/// SAME: as many outputs as strides fit into the input, and as much padding as they need.
void pad_same(Window& window, std::size_t dimension, std::int64_t size, bool more_at_end) {
    const std::int64_t stride = window.strides[dimension];
    const std::int64_t outputs = size / stride + (size % stride == 0 ? 0 : 1);
    const std::int64_t needed = checked_add((outputs - 1) * stride, window.extent(dimension)) - size;
    const std::int64_t padding = outputs == 0 ? 0 : std::max<std::int64_t>(0, needed);
    const std::int64_t smaller = padding / 2;
    window.pads_begin[dimension] = more_at_end ? smaller : padding - smaller;
    window.pads_end[dimension] = more_at_end ? padding - smaller : smaller;
    window.output[dimension] = outputs;
}

void slide(const Node& node, Window& window, std::size_t dimension, std::int64_t size, bool ceil_mode) {
    const std::int64_t stride = window.strides[dimension];
    const std::int64_t begin = checked_add(window.pads_begin[dimension], size);
    const std::int64_t padded = checked_add(begin, window.pads_end[dimension]);
    const std::int64_t room = padded - window.extent(dimension);
    if (room < 0) {
        if (size == 0) {
            return;
        }
        fail(ErrorCode::invalid_model, describe(node), ": the kernel ", to_string(window.kernel), " with dilations ",
             to_string(window.dilations), " does not fit into spatial dimension ", dimension, ", which has ", padded,
             " elements with its padding");
    }
    std::int64_t outputs = room / stride + 1;
    if (ceil_mode && room % stride != 0) {
        // A window that begins past the input would see nothing of it.
        const std::int64_t last = outputs * stride;
        if (last < begin) {
            window.overhang[dimension] = last - room;
            ++outputs;
        }
    }
    window.output[dimension] = outputs;
}

/// A window at rest, with the attributes that every one has; without `pads` where another attribute sets them.
Window declared_window(const Node& node, std::size_t rank, ShapeView kernel, bool with_pads) {
    require_sizes(node, "the kernel's shape", kernel, rank, 1);
    const auto zeros = Shape(rank, 0);
    Window window{.kernel = {kernel.begin(), kernel.end()},
                  .strides = sizes(node, "strides", rank, 1),
                  .dilations = sizes(node, "dilations", rank, 1),
                  .pads_begin = zeros,
                  .pads_end = zeros,
                  .overhang = zeros,
                  .output = zeros};
    if (with_pads) {
        const Shape pads = sizes(node, "pads", 2 * rank, 0);
        const auto middle = pads.begin() + static_cast<std::ptrdiff_t>(rank);
        window.pads_begin.assign(pads.begin(), middle);
        window.pads_end.assign(middle, pads.end());
    }
    return window;
}

/// What output_shape says of the spatial dimensions: older files give batch and channels, too.
std::optional<Shape> declared_output(const Node& node, std::size_t rank) {
    auto output = find_attribute<Shape>(node, "output_shape");
    if (!output || output->empty()) {
        return std::nullopt;
    }
    if (output->size() == rank + 2) {
        output->erase(output->begin(), output->begin() + 2);
    }
    require_sizes(node, "output_shape", *output, rank, 0);
    return output;
}

}  // namespace

Window resolve_window(const Node& node, ShapeView spatial, ShapeView kernel) {
    const std::size_t rank = spatial.size();
    const AutoPad mode = auto_pad(node);
    Window window = declared_window(node, rank, kernel, mode == AutoPad::notset);
    const bool ceil_mode = attribute<std::int64_t>(node, "ceil_mode", 0) != 0;
    for (std::size_t dimension = 0; dimension < rank; ++dimension) {
        if (mode == AutoPad::same_upper || mode == AutoPad::same_lower) {
            pad_same(window, dimension, spatial[dimension], mode == AutoPad::same_upper);
        } else {
            slide(node, window, dimension, spatial[dimension], ceil_mode && mode == AutoPad::notset);
        }
    }
    return window;
}

Window resolve_transposed_window(const Node& node, ShapeView spatial, ShapeView kernel) {
    const std::size_t rank = spatial.size();
    const AutoPad mode = auto_pad(node);
    const bool same = mode == AutoPad::same_upper || mode == AutoPad::same_lower;
    const auto wanted = declared_output(node, rank);
    Window window = declared_window(node, rank, kernel, mode == AutoPad::notset && !wanted);
    const Shape output_padding = sizes(node, "output_padding", rank, 0);
    for (std::size_t i = 0; i < rank; ++i) {
        // What the window covers, and the results beyond that output_padding asks for.
        const std::int64_t covered = checked_add(checked_multiply(window.strides[i], spatial[i] - 1), window.extent(i));
        const std::int64_t full = checked_add(covered, output_padding[i]);
        if (wanted || same) {
            window.output[i] = wanted ? (*wanted)[i] : checked_multiply(spatial[i], window.strides[i]);
            const std::int64_t padding = std::max<std::int64_t>(0, full - window.output[i]);
            window.pads_begin[i] = mode == AutoPad::same_upper ? padding / 2 : padding - padding / 2;
        } else {
            window.output[i] = full - window.pads_begin[i] - window.pads_end[i];
        }
        if (window.output[i] < 0) {
            fail(ErrorCode::invalid_model, describe(node), ": pads ", window.pads_begin[i], " and ", window.pads_end[i],
                 " leave nothing of the ", full, " elements of spatial dimension ", i, " of the result");
        }
        window.pads_end[i] = covered - window.pads_begin[i] - window.output[i];
    }
    return window;
}

bool fits_int32(const Window& window, ShapeView src, ShapeView dst) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    const auto fits = [](std::int64_t size) { return size <= most; };
    if (!std::ranges::all_of(src, fits) || !std::ranges::all_of(dst, fits)) {
        return false;
    }
    // Bytes of the elements that lie between two neighbours in a dimension.
    std::int64_t pitch = std::int64_t{sizeof(float)} * std::max<std::int64_t>({src[1], dst[1], 1});
    for (std::size_t i = window.kernel.size(); i-- > 0;) {
        const std::int64_t size = std::max(src[i + 2], dst[i + 2]);
        const std::int64_t reach = window.pads_begin[i] + window.pads_end[i] + window.overhang[i] + window.strides[i] +
                                   window.kernel[i] * window.dilations[i];
        // What stays within the tensor's own size is no more than its elements' offsets, which oneDNN has in 64 bits.
        if (!fits(reach + src[i + 2]) || (reach > size && reach > most / pitch)) {
            return false;
        }
        pitch = checked_multiply(pitch, std::max<std::int64_t>(size, 1));
    }
    return true;
}

}  // namespace onecnn::core
