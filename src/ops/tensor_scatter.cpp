// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <optional>
#include <string>

#include "graph/attributes.h"
#include "kernels/transpose.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

std::size_t axis_of(const Node& node, const Shape& cache) {
    return normalized_axis(attribute<std::int64_t>(node, "axis", -2), cache.size(), describe(node) + ": axis");
}

bool is_circular(const Node& node) {
    const auto mode = attribute<std::string>(node, "mode", "linear");
    if (mode != "linear" && mode != "circular") {
        fail(ErrorCode::invalid_model, describe(node), ": mode '", mode, "' is neither linear nor circular");
    }
    return mode == "circular";
}

void infer_tensor_scatter(InferContext& context) {
    require_movable(context, 0);
    context.require_same_dtype(1);
    const Shape& cache = context.shape(0);
    Shape update = context.shape(1);
    const std::size_t axis = axis_of(context.node(), cache);
    static_cast<void>(is_circular(context.node()));
    if (axis == 0) {
        context.invalid("axis is that of the batch");
    }
    context.require_rank(1, cache.size());
    if (update[axis] > cache[axis]) {
        context.invalid("update of shape ", to_string(update), " is longer than the cache of shape ", to_string(cache));
    }
    update[axis] = cache[axis];
    if (update != cache) {
        context.invalid("update of shape ", to_string(context.shape(1)), " does not fit the cache of shape ",
                        to_string(cache), " but in axis ", axis);
    }
    if (context.has_input(2)) {
        if (context.dtype(2) != DType::int64 || context.shape(2) != Shape{cache[0]}) {
            context.invalid("write_indices are ", name(context.dtype(2)), to_string(context.shape(2)),
                            ", expected int64 for each of ", cache[0], " in the batch");
        }
    }
    context.set_output(0, context.dtype(0), cache);
}

/// A cache as rows of `size` chunks, of which an update gives `length` in each.
struct Cache {
    std::int64_t rows;
    std::int64_t rows_per_batch;
    std::int64_t size;
    std::int64_t length;
    std::int64_t chunk_bytes;
};

void lower_tensor_scatter(LowerContext& context) {
    const Shape& shape = context.shape(0);
    const std::size_t axis = axis_of(context.node(), shape);
    const Cache cache{element_count(shape, 0, axis), element_count(shape, 1, axis), shape[axis], context.shape(1)[axis],
                      static_cast<std::int64_t>(byte_count(context.dtype(0), ShapeView(shape).subspan(axis + 1)))};
    const bool circular = is_circular(context.node());
    const Slot past = context.input(0);
    const Slot update = context.input(1);
    std::vector<Slot> reads{update};
    std::optional<Slot> starts;
    if (context.has_input(2)) {
        reads.push_back(*(starts = context.input(2)));
    }
    const Slot to = context.output(0);
    reads.push_back(to);
    context.add(make_copy_step(byte_count(context.dtype(0), shape), past, to));
    const std::int64_t row_bytes = cache.length * cache.chunk_bytes;
    const std::int64_t slices = slices_for(cache.rows, row_bytes);
    auto body = [=, node = describe(context.node())](const Memory& memory, std::int64_t slice) {
        const Range range = slice_range(cache.rows, slices, slice);
        for (std::int64_t row = range.begin; row < range.end; ++row) {
            const std::int64_t batch = row / cache.rows_per_batch;
            const std::int64_t start = starts ? memory.at<const std::int64_t>(*starts)[batch] : 0;
            if (start < 0 || (!circular && start > cache.size - cache.length)) {
                fail(ErrorCode::invalid_argument, node, ": write index ", batch, " is ", start, ", and an update of ",
                     cache.length, " does not fit there into a cache of ", cache.size);
            }
            const std::byte* from = memory[update] + row * row_bytes;
            for (std::int64_t i = 0; i < cache.length; ++i) {
                const std::int64_t place = row * cache.size + (start % cache.size + i) % cache.size;
                std::memcpy(memory[to] + place * cache.chunk_bytes, from + i * cache.chunk_bytes,
                            static_cast<std::size_t>(cache.chunk_bytes));
            }
        }
    };
    context.add_function("scatter", std::move(reads), {to}, slices, cache.rows * row_bytes, std::move(body));
}

const Registration tensor_scatter{{"", "TensorScatter", 2, 3, 1, {}, infer_tensor_scatter, lower_tensor_scatter}};

}  // namespace

}  // namespace onecnn::core
