// SPDX-License-Identifier: Apache-2.0
#include "kernels/pad.h"

#include <algorithm>
#include <vector>

#include "kernels/transpose.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

constexpr std::int64_t padding = -1;

struct Pads {
    std::int64_t size;
    std::int64_t begin;
    std::int64_t end;

    [[nodiscard]] bool is_padded() const { return begin != 0 || end != 0; }
};

/// Which source element each element along a padded axis is.
class Axis {
public:
    Axis(const Pads& pads, PadMode mode)
        : mode_(mode),
          size_(pads.size + pads.begin + pads.end),
          kept_(std::max<std::int64_t>(
              pads.size + std::min<std::int64_t>(pads.begin, 0) + std::min<std::int64_t>(pads.end, 0), 0)),
          first_(kept_ > 0 && pads.begin < 0 ? -pads.begin : 0),
          before_(std::clamp<std::int64_t>(pads.begin, 0, size_)) {}

    [[nodiscard]] std::int64_t size() const { return size_; }
    /// The elements that the source gives in one run.
    [[nodiscard]] Range middle() const { return {before_, std::min(before_ + kept_, size_)}; }

    /// `padding` where the constant goes.
    [[nodiscard]] std::int64_t source(std::int64_t i) const {
        const std::int64_t index = i - before_;  // among those kept
        if (index >= 0 && index < kept_) {
            return first_ + index;
        }
        switch (mode_) {
            case PadMode::constant: return padding;
            case PadMode::edge: return first_ + (index < 0 ? 0 : kept_ - 1);
            case PadMode::wrap: return first_ + modulo(index, kept_);
            case PadMode::reflect: break;
        }
        const std::int64_t period = std::max<std::int64_t>(2 * (kept_ - 1), 1);
        const std::int64_t mirrored = modulo(index, period);
        return first_ + std::min(mirrored, period - mirrored);
    }

private:
    static std::int64_t modulo(std::int64_t index, std::int64_t period) { return (index % period + period) % period; }

    PadMode mode_;
    std::int64_t size_;
    std::int64_t kept_;
    std::int64_t first_;
    std::int64_t before_;
};

struct OuterAxis {
    Axis axis;
    std::int64_t stride;  ///< of the source, in elements
};

/// A pad as a loop over the result's rows, each of which is padded alike or padding altogether.
struct Nest {
    std::vector<OuterAxis> outer;  ///< innermost first
    Axis inner;
    std::int64_t chunk;  ///< elements that lie inside an element of `inner`
    std::int64_t rows;

    [[nodiscard]] std::int64_t row_size() const { return inner.size() * chunk; }
};

/// `axes` end in a padded one; `chunk` elements lie inside its elements.
Nest make_nest(const std::vector<Pads>& axes, std::int64_t chunk, PadMode mode) {
    Nest nest{{}, Axis(axes.back(), mode), chunk, 1};
    std::int64_t stride = axes.back().size * chunk;
    for (auto pads = axes.rbegin() + 1; pads != axes.rend(); ++pads) {
        nest.outer.push_back({Axis(*pads, mode), stride});
        nest.rows *= nest.outer.back().axis.size();
        stride *= pads->size;
    }
    return nest;
}

/// The offset of a row's source, `padding` when it has none.
std::int64_t row_source(const Nest& nest, std::int64_t row) {
    std::int64_t source = 0;
    for (const OuterAxis& outer : nest.outer) {
        const std::int64_t index = outer.axis.source(row % outer.axis.size());
        if (index == padding) {
            return padding;
        }
        source += index * outer.stride;
        row /= outer.axis.size();
    }
    return source;
}

template <typename T>
void pad_row(const Nest& nest, const T* from, std::int64_t source, T value, T* to) {
    if (source == padding) {
        std::fill_n(to, nest.row_size(), value);
        return;
    }
    const std::int64_t chunk = nest.chunk;
    const Range middle = nest.inner.middle();
    const auto fill = [&](Range range) {
        for (std::int64_t i = range.begin; i < range.end; ++i) {
            const std::int64_t index = nest.inner.source(i);
            if (index == padding) {
                std::fill(to + i * chunk, to + range.end * chunk, value);
                return;
            }
            std::copy_n(from + source + index * chunk, chunk, to + i * chunk);
        }
    };
    fill({0, middle.begin});
    if (middle.begin < middle.end) {
        std::copy_n(from + source + nest.inner.source(middle.begin) * chunk, (middle.end - middle.begin) * chunk,
                    to + middle.begin * chunk);
    }
    fill({middle.end, nest.inner.size()});
}

template <typename T>
std::unique_ptr<Step> pad_step(Nest nest, Slot from, std::optional<Slot> value, Slot to) {
    const std::int64_t row_bytes = nest.row_size() * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t slices = slices_for(nest.rows, row_bytes);
    const std::int64_t work = nest.rows * row_bytes;
    auto body = [=, nest = std::move(nest)](const Memory& memory, std::int64_t slice) {
        const T constant = value ? *memory.at<const T>(*value) : T{0};
        const Range range = slice_range(nest.rows, slices, slice);
        for (std::int64_t row = range.begin; row < range.end; ++row) {
            pad_row(nest, memory.at<const T>(from), row_source(nest, row), constant,
                    memory.at<T>(to) + row * nest.row_size());
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
    std::vector<Pads> axes;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const Pads axis{shape[i], begin[i], end[i]};
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
