// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "kernels/indices.h"
#include "kernels/visit_element_size.h"
#include "ops/element_moves.h"
#include "ops/execute_context.h"

namespace onecnn::core {

namespace {

std::size_t axis_of(const Node& node, const Shape& data) {
    return normalized_axis(attribute<std::int64_t>(node, "axis", 0), data.size(), describe(node) + ": axis");
}

Shape gathered_shape(const Node& node, const Shape& data, const Shape& indices) {
    const auto axis = static_cast<std::ptrdiff_t>(axis_of(node, data));
    Shape gathered(data.begin(), data.begin() + axis);
    gathered.insert(gathered.end(), indices.begin(), indices.end());
    gathered.insert(gathered.end(), data.begin() + axis + 1, data.end());
    return gathered;
}

void infer_gather(InferContext& context) {
    require_movable(context, 0);
    require_indices(context, 1);
    context.set_output(0, context.dtype(0), gathered_shape(context.node(), context.shape(0), context.shape(1)));
}

/// Picks `picks` chunks out of each row of `size` ones.
struct Gathering {
    std::int64_t rows;
    std::int64_t size;
    std::int64_t picks;
    std::int64_t chunk;  ///< elements
};

template <typename T>
void gather(const Memory& memory, const Gathering& work, const Indices& indices, const T* from, T* to, Range range) {
    std::int64_t row = range.begin / work.picks;
    std::int64_t pick = range.begin % work.picks;
    for (std::int64_t i = range.begin; i < range.end; ++i) {
        const T* chunk = from + (row * work.size + indices.at(memory, pick, work.size)) * work.chunk;
        if (work.chunk == 1) {
            to[i] = *chunk;
        } else {
            std::copy_n(chunk, work.chunk, to + i * work.chunk);
        }
        if (++pick == work.picks) {
            pick = 0;
            ++row;
        }
    }
}

void lower_gather(LowerContext& context) {
    const Shape& data = context.shape(0);
    const std::size_t axis = axis_of(context.node(), data);
    const Gathering work{element_count(data, 0, axis), data[axis], element_count(context.shape(1)),
                         element_count(data, axis + 1, data.size())};
    const Slot from = context.input(0);
    const Indices indices(context.input(1), context.dtype(1), describe(context.node()));
    const Slot to = context.output(0);
    const std::int64_t chunks = work.rows * work.picks;
    const std::int64_t chunk_bytes = work.chunk * bits(context.dtype(0)) / 8;
    const std::int64_t slices = slices_for(chunks, chunk_bytes);
    visit_element_size(context.dtype(0), [&]<typename T>(T) {
        context.add_function("gather", {from, indices.slot()}, {to}, slices, chunks * chunk_bytes,
                             [=](const Memory& memory, std::int64_t slice) {
                                 gather(memory, work, indices, memory.at<const T>(from), memory.at<T>(to),
                                        slice_range(chunks, slices, slice));
                             });
    });
}

/// Where the elements are strings.
void execute_gather(ExecuteContext& context) {
    const auto from = context.elements<std::string>(0);
    const Shape& data = context.tensor(0).shape();
    const std::size_t axis = axis_of(context.node(), data);
    const std::int64_t rows = element_count(data, 0, axis);
    const std::int64_t size = data[axis];
    const std::int64_t chunk = element_count(data, axis + 1, data.size());
    std::vector<std::int64_t> places = context.integers(1);
    for (std::int64_t& place : places) {
        if (place < -size || place >= size) {
            context.invalid("an index is ", place, ", outside [", -size, ", ", size, ")");
        }
        place += place < 0 ? size : 0;
    }
    Tensor gathered =
        context.make_tensor(DType::string, gathered_shape(context.node(), data, context.tensor(1).shape()));
    auto to = gathered.as<std::string>().begin();
    for (std::int64_t row = 0; row < rows; ++row) {
        for (const std::int64_t place : places) {
            to = std::copy_n(from.begin() + (row * size + place) * chunk, chunk, to);
        }
    }
    context.set_output(0, std::move(gathered));
}

const Registration registration{{"", "Gather", 2, 2, 1, {}, infer_gather, lower_gather, execute_gather}};

}  // namespace

}  // namespace onecnn::core
