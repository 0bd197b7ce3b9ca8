// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "kernels/broadcast.h"
#include "kernels/matrix_product.h"
#include "kernels/post_ops.h"
#include "ops/dense.h"
#include "ops/matrix_stacks.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    const DType dtype = context.dtype(0);
    if (!matrix_product_takes(dtype)) {
        context.unsupported("input 0 is ", name(dtype), "; floats and integers of 32 and 64 bits are supported");
    }
    context.require_same_dtype(1);
    context.set_output(0, dtype, matmul_shape(context, context.shape(0), context.shape(1)));
}

Shape matrices(const Shape& batch, std::int64_t rows, std::int64_t columns) {
    Shape shape = batch;
    shape.push_back(rows);
    shape.push_back(columns);
    return shape;
}

using Primitive = dnnl::matmul::primitive_desc;

/// A oneDNN matmul over stacks, cut along the first dimension of the batch that has more than one entry; nothing when oneDNN
/// has only a reference implementation.
std::unique_ptr<PrimitiveStep> make_onednn_step(const Node& node, const MatrixStacks& whole, Slot a, Slot b, Slot y) {
    const auto first = std::ranges::find_if(whole.batch, [](std::int64_t size) { return size > 1; });
    const auto cut = static_cast<std::size_t>(first - whole.batch.begin());
    const std::int64_t work = 2 * element_count(whole.batch) * whole.m * whole.k * whole.n;
    const std::int64_t items = *first;
    const std::int64_t count = slices_for(items, work / items);
    std::map<std::int64_t, Primitive> made;
    std::vector<PrimitiveStep::Slice> slices;
    for (std::int64_t slice = 0; slice < count; ++slice) {
        const Range range = slice_range(items, count, slice);
        const std::int64_t size = range.end - range.begin;
        const auto part = [&](Shape batch, std::int64_t rows, std::int64_t columns) {
            batch[cut] = batch[cut] == 1 ? 1 : size;
            return descriptor(DType::float32, matrices(batch, rows, columns));
        };
        auto found = made.find(size);
        if (found == made.end()) {
            found = made.emplace(size, Primitive(cpu_engine(), part(whole.a_batch, whole.m, whole.k),
                                                 part(whole.b_batch, whole.k, whole.n),
                                                 part(whole.batch, whole.m, whole.n), attributes_with(node.activation)))
                        .first;
        }
        const Primitive& chosen = found->second;
        if (is_reference(chosen)) {
            return nullptr;
        }
        const auto offset = [&](const Shape& batch, std::int64_t rows, std::int64_t columns) {
            const std::int64_t stride = element_count(batch, cut + 1, batch.size()) * rows * columns;
            return batch[cut] == 1 ? 0 : static_cast<std::size_t>(range.begin * stride) * sizeof(float);
        };
        slices.push_back({dnnl::matmul(chosen),
                          {{DNNL_ARG_SRC, chosen.src_desc(), a, offset(whole.a_batch, whole.m, whole.k)},
                           {DNNL_ARG_WEIGHTS, chosen.weights_desc(), b, offset(whole.b_batch, whole.k, whole.n)},
                           {DNNL_ARG_DST, chosen.dst_desc(), y, offset(whole.batch, whole.m, whole.n)}}});
    }
    return std::make_unique<PrimitiveStep>(made.begin()->second.impl_info_str(), std::move(slices), work);
}

void lower(LowerContext& context) {
    const MatrixStacks stacks = matrix_stacks(context.node(), context.shape(0), context.shape(1));
    if (element_count(stacks.b_batch) == 1) {
        lower_dense(context, {.m = element_count(stacks.a_batch) * stacks.m, .k = stacks.k, .n = stacks.n});
        return;
    }
    const Slot a = context.input(0);
    const Slot b = context.input(1);
    const Slot y = context.output(0);
    // How oneDNN sums a matrix's rows depends on how many matrices a part has; our own kernel sums each alike.
    if (context.dtype(0) == DType::float32 && stacks.k > 0 && !context.deterministic()) {
        if (auto step = make_onednn_step(context.node(), stacks, a, b, y)) {
            context.add(std::move(step));
            return;
        }
    }
    context.add(make_matrix_product_step(context.dtype(0),
                                         {.m = stacks.m,
                                          .k = stacks.k,
                                          .n = stacks.n,
                                          .a = {stacks.k, 1},
                                          .b = {stacks.n, 1},
                                          .batch = broadcast_axes(stacks.a_batch, stacks.b_batch),
                                          .activation = context.node().activation},
                                         a, b, std::nullopt, y));
}

const Registration matmul{{"", "MatMul", 2, 2, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
