// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <vector>

#include "graph/attributes.h"
#include "ops/element_moves.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void infer_concat(InferContext& context) {
    require_movable(context, 0);
    Shape joined = context.shape(0);
    const std::size_t axis = normalized_axis(required_attribute<std::int64_t>(context.node(), "axis"), joined.size(),
                                             describe(context.node()) + ": axis");
    for (std::size_t i = 1; i < context.input_count(); ++i) {
        context.require_same_dtype(i);
        context.require_rank(i, joined.size());
        const Shape& part = context.shape(i);
        for (std::size_t d = 0; d < part.size(); ++d) {
            if (d == axis) {
                joined[d] = checked_add(joined[d], part[d]);
            } else if (part[d] != joined[d]) {
                context.invalid("input ", i, " has shape ", to_string(part), " and input 0 ",
                                to_string(context.shape(0)), "; they may differ in axis ", axis, " alone");
            }
        }
    }
    context.set_output(0, context.dtype(0), std::move(joined));
}

/// The layout in which most of the inputs' bytes lie already.
Layout prevailing_layout(const LowerContext& context) {
    std::int64_t balance = 0;
    for (std::size_t i = 0; i < context.input_count(); ++i) {
        const Shape& shape = context.shape(i);
        if (!layouts_coincide(shape) && context.constant(i) == nullptr) {
            balance += context.layout(i) == Layout::channels_last ? element_count(shape) : -element_count(shape);
        }
    }
    return balance > 0 ? Layout::channels_last : Layout::row_major;
}

/// What one input gives to each row of the output; a row is everything from the joined axis inwards.
struct Part {
    Slot slot;
    std::int64_t bytes;
    std::int64_t offset;  ///< in the row
};

/// Copies the bytes [begin, end) of the output.
void copy_range(const Memory& memory, const std::vector<Part>& parts, std::int64_t row_bytes, Slot to, Range range) {
    std::int64_t row = range.begin / row_bytes;
    std::int64_t within = range.begin % row_bytes;
    auto part = std::ranges::upper_bound(parts, within, {}, &Part::offset) - 1;
    for (std::int64_t position = range.begin; position < range.end;) {
        const std::int64_t skipped = within - part->offset;
        const std::int64_t bytes = std::min(part->bytes - skipped, range.end - position);
        std::memcpy(memory[to] + position, memory[part->slot] + row * part->bytes + skipped,
                    static_cast<std::size_t>(bytes));
        position += bytes;
        within += bytes;
        if (++part == parts.end()) {
            part = parts.begin();
            within = 0;
            ++row;
        }
    }
}

/// Copies the inputs that were not made inside the output; none of the pixels' bytes overlap.
void join_channels(LowerContext& context) {
    struct Channels {
        Place from;
        Place to;
        std::int64_t bytes;  ///< of a pixel
    };
    const std::int64_t element_bytes = bits(context.dtype(0)) / 8;
    const Shape& joined = context.output_shape(0);
    const std::int64_t pixels = joined[0] * element_count(joined, 2, joined.size());
    const Place whole = context.output_place(0);
    std::vector<Channels> copies;
    std::vector<Slot> reads;
    std::int64_t pixel_bytes = 0;
    Place to = whole;
    for (std::size_t i = 0; i < context.input_count(); ++i) {
        const std::int64_t bytes = context.shape(i)[1] * element_bytes;
        const Place from = context.input_place(i);
        if (bytes > 0 && from != to) {
            copies.push_back({from, to, bytes});
            reads.push_back(from.slot);
            pixel_bytes += bytes;
        }
        to.offset += static_cast<std::size_t>(bytes);
    }
    if (copies.empty()) {
        return;
    }
    const std::int64_t slices = slices_for(pixels, pixel_bytes);
    context.add_function(
        "concat", std::move(reads), {whole.slot}, slices, pixels * pixel_bytes,
        [=, copies = std::move(copies)](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(pixels, slices, slice);
            for (const auto& [source, target, bytes] : copies) {
                for (std::int64_t pixel = range.begin; pixel < range.end; ++pixel) {
                    std::memcpy(at<std::byte>(memory, target) + pixel * target.pixel_stride * element_bytes,
                                at<const std::byte>(memory, source) + pixel * source.pixel_stride * element_bytes,
                                static_cast<std::size_t>(bytes));
                }
            }
        });
}

void lower_concat(LowerContext& context) {
    const Shape& joined = context.output_shape(0);
    const Layout layout = prevailing_layout(context);
    const std::size_t axis =
        normalized_axis(required_attribute<std::int64_t>(context.node(), "axis"), joined.size(), "axis");
    if (layout == Layout::channels_last && axis == 1) {
        return join_channels(context);
    }
    // In memory order, the dimensions outside the joined axis count the rows.
    std::int64_t rows = element_count(joined, 0, axis);
    if (layout == Layout::channels_last && axis > 1) {
        rows = joined[0] * element_count(joined, 2, axis);
    }

    std::vector<Part> parts;
    std::vector<Slot> reads;
    std::int64_t row_bytes = 0;
    for (std::size_t i = 0; i < context.input_count(); ++i) {
        const auto bytes = static_cast<std::int64_t>(byte_count(context.dtype(i), context.shape(i))) / rows;
        if (bytes > 0) {
            parts.push_back({context.input(i, layout), bytes, row_bytes});
            reads.push_back(parts.back().slot);
            row_bytes += bytes;
        }
    }
    const Slot to = context.output(0, layout);
    const std::int64_t total = rows * row_bytes;
    const std::int64_t slices = slices_for(total, 1);
    context.add_function(
        "concat", std::move(reads), {to}, slices, total,
        [parts = std::move(parts), row_bytes, total, slices, to](const Memory& memory, std::int64_t slice) {
            copy_range(memory, parts, row_bytes, to, slice_range(total, slices, slice));
        });
}

const Registration concat_registration{{"", "Concat", 1, any_number, 1, {}, infer_concat, lower_concat}};

}  // namespace

}  // namespace onecnn::core
