// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "kernels/broadcast.h"
#include "kernels/integer_dot.h"
#include "kernels/scratch_step.h"
#include "ops/matrix_stacks.h"
#include "ops/quantized_operand.h"
#include "ops/quantized_product.h"

namespace onecnn::core {

namespace {

/// Which inputs of MatMulInteger and QLinearMatMul hold what.
struct Inputs {
    std::size_t a;
    std::size_t b;
    std::size_t a_zero;
    std::size_t b_zero;
};
constexpr Inputs integer_inputs{0, 1, 2, 3};
constexpr Inputs linear_inputs{.a = 0, .b = 3, .a_zero = 2, .b_zero = 5};
constexpr std::size_t a_scale = 1;
constexpr std::size_t b_scale = 4;
constexpr std::size_t y_scale = 6;
constexpr std::size_t y_zero = 7;

/// One parameter, one a row of the matrices (column, for B), or one a row of every matrix.
void require_parameter(const InferContext& context, std::size_t index, std::size_t operand, bool is_b) {
    if (!context.has_input(index) || element_count(context.shape(index)) == 1) {
        return;
    }
    const Shape& matrix = context.shape(operand);
    const Shape& shape = context.shape(index);
    if (matrix.size() >= 2) {
        const std::size_t shared = matrix.size() - (is_b ? 2 : 1);
        Shape one_each = matrix;
        one_each[shared] = 1;
        if (shape == one_each || shape == Shape{matrix[matrix.size() - (is_b ? 1 : 2)]}) {
            return;
        }
    }
    context.invalid("input ", index, " has shape ", to_string(shape), ", which is neither one for input ", operand,
                    " of shape ", to_string(matrix), " nor one for each of its ", is_b ? "columns" : "rows");
}

void require_operands(const InferContext& context, const Inputs& inputs) {
    require_int8(context, inputs.a, inputs.a_zero);
    require_int8(context, inputs.b, inputs.b_zero);
    require_parameter(context, inputs.a_zero, inputs.a, false);
    require_parameter(context, inputs.b_zero, inputs.b, true);
}

void infer_integer(InferContext& context) {
    require_operands(context, integer_inputs);
    context.set_output(0, DType::int32, matmul_shape(context, context.shape(0), context.shape(1)));
}

void infer_linear(InferContext& context) {
    require_operands(context, linear_inputs);
    for (const std::size_t scale : {a_scale, b_scale, y_scale}) {
        const DType dtype = context.dtype(scale);
        if (dtype != DType::float32 && dtype != DType::float16 && dtype != DType::bfloat16) {
            context.invalid("input ", scale, " is a scale and ", name(dtype),
                            ", expected float32, float16 or bfloat16");
        }
    }
    require_parameter(context, a_scale, linear_inputs.a, false);
    require_parameter(context, b_scale, linear_inputs.b, true);
    require_single(context, y_scale);
    require_single(context, y_zero);
    const DType result = context.dtype(y_zero);
    if (result != DType::int8 && result != DType::uint8) {
        context.unsupported("input ", y_zero, " is ", name(result), "; int8 and uint8 are supported");
    }
    context.set_output(0, result,
                       matmul_shape(context, context.shape(linear_inputs.a), context.shape(linear_inputs.b)));
}

/// The scales of a product whose results are quantised.
struct Scales {
    QuantizationParameter a;
    QuantizationParameter b;
    QuantizationParameter y;
    QuantizationParameter zero;
};

/// What all slices share. A slice is a block of columns of one product: it widens them once, and each row of A in turn.
struct Product {
    MatrixStacks stacks;
    std::vector<BroadcastAxis> batch;
    bool a_signed;
    bool b_signed;
    Slot a;
    Slot b;
    Slot y;
    DType result;
    QuantizationParameter a_zero;
    QuantizationParameter b_zero;
    std::optional<Scales> scales;
    std::int64_t block = 0;   ///< columns
    std::int64_t blocks = 0;  ///< of one product
    std::size_t columns_place = 0;
    std::size_t row_place = 0;
    std::size_t sums_place = 0;
    std::size_t b_scales_place = 0;
    std::size_t scales_place = 0;
    std::size_t scratch_bytes = 0;

    void plan();
    void run(const Memory& memory, std::int64_t slice, std::byte* scratch) const;
    void multiply(const Memory& memory, std::int64_t a_matrix, std::int64_t b_matrix, std::int64_t matrix,
                  Range columns, std::byte* scratch) const;
};

void Product::plan() {
    constexpr std::int64_t cached_elements = 128 * 1024;
    block = std::min(stacks.n, std::clamp<std::int64_t>(cached_elements / std::max<std::int64_t>(1, stacks.k), 4, 64));
    blocks = (stacks.n - 1) / block + 1;
    ScratchLayout layout;
    columns_place = layout.take<std::int16_t>(checked_multiply(block, stacks.k));
    row_place = layout.take<std::int16_t>(stacks.k);
    sums_place = layout.take<std::int32_t>(block);
    b_scales_place = layout.take<float>(block);
    scales_place = layout.take<float>(block);
    scratch_bytes = layout.bytes();
}

void Product::run(const Memory& memory, std::int64_t slice, std::byte* scratch) const {
    const std::int64_t matrix = slice / blocks;
    const std::int64_t first = slice % blocks * block;
    const Range columns{first, std::min(stacks.n, first + block)};
    for_each_piece(batch, {matrix, matrix + 1},
                   [&](std::int64_t a_matrix, std::int64_t b_matrix, std::int64_t, std::int64_t) {
                       multiply(memory, a_matrix, b_matrix, matrix, columns, scratch);
                   });
}

void Product::multiply(const Memory& memory, std::int64_t a_matrix, std::int64_t b_matrix, std::int64_t matrix,
                       Range columns, std::byte* scratch) const {
    auto* const widened = reinterpret_cast<std::int16_t*>(scratch + columns_place);
    auto* const row = reinterpret_cast<std::int16_t*>(scratch + row_place);
    auto* const sums = reinterpret_cast<std::int32_t*>(scratch + sums_place);
    auto* const b_scales = reinterpret_cast<float*>(scratch + b_scales_place);
    auto* const factors = reinterpret_cast<float*>(scratch + scales_place);
    const std::int64_t count = columns.end - columns.begin;
    for (std::int64_t j = 0; j < count; ++j) {
        const std::int64_t column = b_matrix * stacks.n + columns.begin + j;
        const std::byte* const from = memory[b] + b_matrix * stacks.k * stacks.n + columns.begin + j;
        widen(b_signed, from, stacks.n, stacks.k, static_cast<std::int32_t>(b_zero.at(memory, column)),
              widened + j * stacks.k);
        if (scales) {
            b_scales[j] = scales->b.at(memory, column);
        }
    }
    for (std::int64_t i = 0; i < stacks.m; ++i) {
        const std::int64_t a_row = a_matrix * stacks.m + i;
        widen(a_signed, memory[a] + a_row * stacks.k, 1, stacks.k, static_cast<std::int32_t>(a_zero.at(memory, a_row)),
              row);
        const std::int64_t place = (matrix * stacks.m + i) * stacks.n + columns.begin;
        if (!scales) {
            dot_rows(row, widened, count, stacks.k, memory.at<std::int32_t>(y) + place);
            continue;
        }
        dot_rows(row, widened, count, stacks.k, sums);
        const float left = scales->a.at(memory, a_row);
        const float below = scales->y.at(memory, 0);
        std::transform(b_scales, b_scales + count, factors, [=](float right) { return left * right / below; });
        requantize(result, sums, factors, count, scales->zero.at(memory, 0), memory[y] + place);
    }
}

void add(LowerContext& context, const Inputs& inputs, bool quantized) {
    const Shape& a_shape = context.shape(inputs.a);
    const Shape& b_shape = context.shape(inputs.b);
    const MatrixStacks stacks = matrix_stacks(context.node(), a_shape, b_shape);
    const Slot a = context.input(inputs.a);
    const Slot b = context.input(inputs.b);
    std::vector<Slot> reads{a, b};
    const QuantizationParameter a_zero(context, inputs.a_zero, 0, reads);
    const QuantizationParameter b_zero(context, inputs.b_zero, 0, reads);
    std::optional<Scales> scales;
    if (quantized) {
        scales = Scales{{context, a_scale, 1, reads},
                        {context, b_scale, 1, reads},
                        {context, y_scale, 1, reads},
                        {context, y_zero, 0, reads}};
    }
    const Slot y = context.output(0);
    Product product{.stacks = stacks,
                    .batch = broadcast_axes(stacks.a_batch, stacks.b_batch),
                    .a_signed = context.dtype(inputs.a) == DType::int8,
                    .b_signed = context.dtype(inputs.b) == DType::int8,
                    .a = a,
                    .b = b,
                    .y = y,
                    .result = context.output_dtype(0),
                    .a_zero = a_zero,
                    .b_zero = b_zero,
                    .scales = scales};
    product.plan();
    const std::int64_t matrices = element_count(stacks.batch);
    const std::int64_t slices = checked_multiply(matrices, product.blocks);
    const std::size_t scratch_bytes = product.scratch_bytes;
    auto step = std::make_unique<ScratchStep>(
        "integer_product", slices, scratch_bytes,
        [product = std::move(product)](const Memory& memory, std::int64_t slice, std::byte* scratch) {
            product.run(memory, slice, scratch);
        });
    step->reads = std::move(reads);
    step->writes = {y};
    step->work = checked_multiply(checked_multiply(matrices, 2 * stacks.m), checked_multiply(stacks.k, stacks.n));
    context.add(std::move(step));
}

void lower_integer(LowerContext& context) { add(context, integer_inputs, false); }

void lower_linear(LowerContext& context) {
    const bool rows = context.shape(linear_inputs.a).size() > 1;
    if (!rows || !lower_quantized_product(context, false)) {
        add(context, linear_inputs, true);
    }
}

const Registration matmul_integer{{"", "MatMulInteger", 2, 4, 1, {}, infer_integer, lower_integer}};
const Registration qlinear_matmul{{"", "QLinearMatMul", 8, 8, 1, {}, infer_linear, lower_linear}};

}  // namespace

}  // namespace onecnn::core
