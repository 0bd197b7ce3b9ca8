// SPDX-License-Identifier: Apache-2.0
#include "kernels/pad.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/transpose.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

constexpr std::int64_t padding = -1;

struct Axis {
    std::int64_t size;
    std::int64_t begin;
    std::int64_t end;

    [[nodiscard]] bool is_padded() const { return begin != 0 || end != 0; }
};

/// The source element of each element along an axis, `padding` where the constant goes.
std::vector<std::int64_t> source_indices(const Axis& axis, PadMode mode) {
    const std::int64_t kept = axis.size + std::min<std::int64_t>(axis.begin, 0) + std::min<std::int64_t>(axis.end, 0);
    const std::int64_t first = kept > 0 && axis.begin < 0 ? -axis.begin : 0;
    const std::int64_t period = mode == PadMode::reflect ? std::max<std::int64_t>(2 * (kept - 1), 1) : kept;
    std::vector<std::int64_t> indices;
    for (std::int64_t i = 0; i < axis.size + axis.begin + axis.end; ++i) {
        std::int64_t index = i - std::max<std::int64_t>(axis.begin, 0);  // among those kept
        if (mode == PadMode::constant) {
            indices.push_back(index >= 0 && index < kept ? first + index : padding);
            continue;
        }
        if (mode == PadMode::edge) {
            index = std::clamp<std::int64_t>(index, 0, kept - 1);
        } else {
            index = (index % period + period) % period;
            index = mode == PadMode::reflect ? std::min(index, period - index) : index;
        }
        indices.push_back(first + index);
    }
    return indices;
}

/// Elements that lie one after another in both tensors: offsets in a row, `padding` for the constant.
struct Run {
    std::int64_t from;
    std::int64_t to;
    std::int64_t count;
};

std::vector<Run> runs_of(const std::vector<std::int64_t>& indices, std::int64_t chunk) {
    std::vector<Run> runs;
    std::int64_t to = 0;
    for (const std::int64_t index : indices) {
        const std::int64_t from = index == padding ? padding : index * chunk;
        const bool continues = !runs.empty() && (from == padding ? runs.back().from == padding
                                                                 : runs.back().from != padding &&
                                                                       runs.back().from + runs.back().count == from);
        if (continues) {
            runs.back().count += chunk;
        } else {
            runs.push_back({from, to, chunk});
        }
        to += chunk;
    }
    return runs;
}

/// A pad as a loop over the result's rows, each of which is the same list of runs or padding altogether.
struct Nest {
    std::vector<std::vector<std::int64_t>> outer;  ///< source offsets of each outer axis, or `padding`
    std::vector<Run> runs;
    std::int64_t row_size = 1;  ///< elements of the result
    std::int64_t rows = 1;
};

/// `axes` end in a padded one; `chunk` elements lie inside its elements.
Nest make_nest(const std::vector<Axis>& axes, std::int64_t chunk, PadMode mode) {
    Nest nest;
    const std::vector<std::int64_t> last = source_indices(axes.back(), mode);
    nest.runs = runs_of(last, chunk);
    nest.row_size = static_cast<std::int64_t>(last.size()) * chunk;
    std::int64_t stride = axes.back().size * chunk;
    for (auto axis = axes.rbegin() + 1; axis != axes.rend(); ++axis) {
        std::vector<std::int64_t> offsets = source_indices(*axis, mode);
        for (std::int64_t& offset : offsets) {
            offset = offset == padding ? padding : offset * stride;
        }
        nest.rows *= static_cast<std::int64_t>(offsets.size());
        nest.outer.push_back(std::move(offsets));
        stride *= axis->size;
    }
    return nest;
}

/// The offset of a row's source, `padding` when it has none.
std::int64_t row_source(const Nest& nest, std::int64_t row) {
    std::int64_t source = 0;
    for (const std::vector<std::int64_t>& offsets : nest.outer) {
        const auto size = static_cast<std::int64_t>(offsets.size());
        const std::int64_t offset = offsets[static_cast<std::size_t>(row % size)];
        if (offset == padding) {
            return padding;
        }
        source += offset;
        row /= size;
    }
    return source;
}

template <typename T>
void pad_row(const Nest& nest, const T* from, std::int64_t source, T value, T* to) {
    if (source == padding) {
        std::fill_n(to, nest.row_size, value);
        return;
    }
    for (const Run& run : nest.runs) {
        if (run.from == padding) {
            std::fill_n(to + run.to, run.count, value);
        } else {
            std::memcpy(to + run.to, from + source + run.from, static_cast<std::size_t>(run.count) * sizeof(T));
        }
    }
}

template <typename T>
std::unique_ptr<Step> pad_step(Nest nest, Slot from, std::optional<Slot> value, Slot to) {
    const std::int64_t row_bytes = nest.row_size * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t slices = slices_for(nest.rows, row_bytes);
    const std::int64_t work = nest.rows * row_bytes;
    auto body = [=, nest = std::move(nest)](const Memory& memory, std::int64_t slice) {
        const T constant = value ? *memory.at<const T>(*value) : T{0};
        const Range range = slice_range(nest.rows, slices, slice);
        for (std::int64_t row = range.begin; row < range.end; ++row) {
            pad_row(nest, memory.at<const T>(from), row_source(nest, row), constant,
                    memory.at<T>(to) + row * nest.row_size);
        }
    };
    auto step = std::make_unique<FunctionStep>("pad", slices, std::move(body));
    step->reads = {from};
    if (value) {
        step->reads.push_back(*value);
    }
    step->writes = {to};
    step->work = work;
    return step;
}

}  // namespace

std::unique_ptr<Step> make_pad_step(DType dtype, const Shape& shape, const Shape& begin, const Shape& end, PadMode mode,
                                    Slot from, std::optional<Slot> value, Slot to) {
    std::vector<Axis> axes;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const Axis axis{shape[i], begin[i], end[i]};
        if (!axes.empty() && !axes.back().is_padded() && !axis.is_padded()) {
            axes.back().size *= axis.size;
        } else {
            axes.push_back(axis);
        }
    }
    std::int64_t chunk = 1;
    if (!axes.empty() && !axes.back().is_padded()) {
        chunk = axes.back().size;
        axes.pop_back();
    }
    if (axes.empty()) {
        return make_copy_step(byte_count(dtype, shape), from, to);
    }
    Nest nest = make_nest(axes, chunk, mode);
    switch (bits(dtype)) {
        case 8: return pad_step<std::uint8_t>(std::move(nest), from, value, to);
        case 16: return pad_step<std::uint16_t>(std::move(nest), from, value, to);
        case 32: return pad_step<std::uint32_t>(std::move(nest), from, value, to);
        case 64: return pad_step<std::uint64_t>(std::move(nest), from, value, to);
        default: fail(ErrorCode::unsupported_operator, "a tensor of ", name(dtype), " cannot be padded");
    }
}

}  // namespace onecnn::core
