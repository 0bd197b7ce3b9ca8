// SPDX-License-Identifier: Apache-2.0
#include "kernels/attention.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include "graph/attributes.h"
#include "kernels/visit_dtype.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

enum Input : std::size_t { query, key, value, attn_mask, past_key, past_value, nonpad_kv_seqlen };
enum Output : std::size_t { y, present_key, present_value, qk_matmul_output };

/// [batch, heads, length, size], whether stored so or as [batch, length, heads · size].
struct Heads {
    std::int64_t batch;
    std::int64_t heads;
    std::int64_t length;
    std::int64_t size;
    bool packed;

    [[nodiscard]] HeadStrides strides() const {
        return packed ? HeadStrides{length * heads * size, size, heads * size}
                      : HeadStrides{heads * length * size, length * size, size};
    }
    [[nodiscard]] Shape shape() const {
        return packed ? Shape{batch, length, checked_multiply(heads, size)} : Shape{batch, heads, length, size};
    }
};

Heads heads_of(const Node& node, const Shape& shape, Input input) {
    if (shape.size() == 4) {
        return {shape[0], shape[1], shape[2], shape[3], false};
    }
    const auto heads = required_attribute<std::int64_t>(node, input == query ? "q_num_heads" : "kv_num_heads");
    return {shape[0], heads, shape[1], heads > 0 ? shape[2] / heads : 0, true};
}

bool is_float(DType dtype) {
    return dtype == DType::float32 || dtype == DType::float64 || dtype == DType::float16 || dtype == DType::bfloat16;
}

Heads checked_heads(const InferContext& context, Input input) {
    const Shape& shape = context.shape(input);
    if (!is_float(context.dtype(input))) {
        context.invalid("input ", static_cast<int>(input), " is ", name(context.dtype(input)), ", expected a float");
    }
    if ((shape.size() != 3 && shape.size() != 4) || shape.size() != context.shape(query).size()) {
        context.invalid("input ", static_cast<int>(input), " has shape ", to_string(shape),
                        "; Q, K and V must all have rank 3, or rank 4");
    }
    const Heads heads = heads_of(context.node(), shape, input);
    if (heads.heads < 1 || (heads.packed && shape[2] % heads.heads != 0)) {
        context.invalid("input ", static_cast<int>(input), " of shape ", to_string(shape), " does not divide into ",
                        heads.heads, " heads");
    }
    return heads;
}

/// Refuses a cache that does not fit the new keys or values; its length.
std::int64_t past_length(const InferContext& context, Input past, const Heads& fresh, Input of) {
    if (!context.has_input(past)) {
        return 0;
    }
    if (context.dtype(past) != context.dtype(of)) {
        context.invalid("input ", static_cast<int>(past), " is ", name(context.dtype(past)), ", expected ",
                        name(context.dtype(of)));
    }
    context.require_rank(past, 4);
    const Shape& shape = context.shape(past);
    if (shape[0] != fresh.batch || shape[1] != fresh.heads || shape[3] != fresh.size) {
        context.invalid("input ", static_cast<int>(past), " has shape ", to_string(shape), ", expected [", fresh.batch,
                        ", ", fresh.heads, ", any, ", fresh.size, "]");
    }
    return shape[2];
}

void check_mask(const InferContext& context, const Shape& scores) {
    if (!context.has_input(attn_mask)) {
        return;
    }
    const Shape& mask = context.shape(attn_mask);
    bool fits = !mask.empty() && mask.size() <= 4 && mask.back() <= scores.back();
    for (std::size_t i = 1; fits && i < mask.size(); ++i) {
        const std::int64_t size = mask[mask.size() - 1 - i];
        fits = size == 1 || size == scores[3 - i];
    }
    if (!fits) {
        context.invalid("the mask has shape ", to_string(mask), ", which does not broadcast to ", to_string(scores));
    }
    const DType dtype = context.dtype(attn_mask);
    if (dtype != DType::boolean && !visit_numeric(dtype, [](auto) {})) {
        context.unsupported("the mask is ", name(dtype), "; bool and numbers of 8 bits or more are supported");
    }
}

void check_attributes(const InferContext& context) {
    const Node& node = context.node();
    const auto scale = find_attribute<float>(node, "scale");
    if (scale && !(*scale >= 0)) {
        context.invalid("scale is ", *scale, ", expected 0 or more");
    }
    const auto stage = attribute<std::int64_t>(node, "qk_matmul_output_mode", 0);
    if (stage < 0 || stage > 3) {
        context.invalid("qk_matmul_output_mode is ", stage, ", expected 0, 1, 2 or 3");
    }
    for (const char* side : {"left_window_size", "right_window_size"}) {
        const auto size = attribute<std::int64_t>(node, side, -1);
        if (size < -1) {
            context.invalid(side, " is ", size, ", expected -1 or more");
        }
    }
    const auto precision = find_attribute<std::int64_t>(node, "softmax_precision");
    if (precision && !is_float(static_cast<DType>(*precision))) {
        context.invalid("softmax_precision is ", *precision, ", expected 1, 10, 11 or 16");
    }
}

void infer(InferContext& context) {
    check_attributes(context);
    const Heads q = checked_heads(context, query);
    const Heads k = checked_heads(context, key);
    const Heads v = checked_heads(context, value);
    context.require_same_dtype(key);
    if (k.batch != q.batch || v.batch != q.batch || k.size != q.size || v.heads != k.heads || v.length != k.length ||
        q.heads % k.heads != 0) {
        context.invalid("Q is ", to_string(context.shape(query)), ", K ", to_string(context.shape(key)), " and V ",
                        to_string(context.shape(value)), " of ", q.heads, " and ", k.heads,
                        " heads, which do not go together");
    }
    if (context.has_input(past_key) != context.has_input(past_value)) {
        context.invalid("past_key and past_value must come together");
    }
    const std::int64_t past = past_length(context, past_key, k, key);
    if (past_length(context, past_value, v, value) != past) {
        context.invalid("past_key has shape ", to_string(context.shape(past_key)), " and past_value ",
                        to_string(context.shape(past_value)), "; their lengths differ");
    }
    if (context.has_input(nonpad_kv_seqlen)) {
        if (context.has_input(past_key)) {
            context.invalid("nonpad_kv_seqlen and past_key exclude each other");
        }
        if (context.dtype(nonpad_kv_seqlen) != DType::int64 || context.shape(nonpad_kv_seqlen) != Shape{q.batch}) {
            context.invalid("nonpad_kv_seqlen is ", name(context.dtype(nonpad_kv_seqlen)),
                            to_string(context.shape(nonpad_kv_seqlen)), ", expected int64[", q.batch, "]");
        }
    }
    const std::int64_t total = checked_add(past, k.length);
    const Shape scores{q.batch, q.heads, q.length, total};
    check_mask(context, scores);
    context.set_output(y, context.dtype(query), Heads{q.batch, q.heads, q.length, v.size, q.packed}.shape());
    context.set_output(present_key, context.dtype(key), {k.batch, k.heads, total, k.size});
    context.set_output(present_value, context.dtype(value), {v.batch, v.heads, total, v.size});
    context.set_output(qk_matmul_output, context.dtype(query), scores);
}

/// Joins past rows and new ones into output `present`.
void lower_present(LowerContext& context, Input of, Input past, Output present) {
    if (!context.has_output(present)) {
        return;
    }
    const Slot to = context.output(present);
    if (element_count(context.output_shape(present)) == 0) {
        return;
    }
    const Heads fresh = heads_of(context.node(), context.shape(of), of);
    const std::int64_t length = context.output_shape(present)[2];
    const std::int64_t before = length - fresh.length;
    const std::int64_t row_bytes = fresh.size * (bits(context.dtype(of)) / 8);
    const std::int64_t rows = fresh.batch * fresh.heads * length;
    const std::int64_t slices = slices_for(rows, row_bytes);
    const Slot from = context.input(of);
    const std::optional<Slot> cache = before > 0 ? std::optional(context.input(past)) : std::nullopt;
    std::vector<Slot> reads{from};
    if (cache) {
        reads.push_back(*cache);
    }
    context.add_function(
        "join_cache", std::move(reads), {to}, slices, rows * row_bytes, [=](const Memory& memory, std::int64_t slice) {
            const HeadStrides strides = fresh.strides();
            const Range range = slice_range(rows, slices, slice);
            for (std::int64_t row = range.begin; row < range.end; ++row) {
                const std::int64_t head = row / length;
                const std::int64_t j = row % length;
                const std::int64_t begin = head / fresh.heads * strides.batch + head % fresh.heads * strides.head;
                const std::byte* source =
                    j < before ? memory[*cache] + (head * before + j) * row_bytes
                               : memory[from] + (begin + (j - before) * strides.row) / fresh.size * row_bytes;
                std::memcpy(memory[to] + row * row_bytes, source, static_cast<std::size_t>(row_bytes));
            }
        });
}

AttentionMask mask_of(DType dtype, const Shape& stored) {
    Shape shape(4 - stored.size(), 1);
    shape.insert(shape.end(), stored.begin(), stored.end());
    const Shape strides = row_major_strides(shape);
    const auto stride = [&](std::size_t i) { return shape[i] == 1 ? 0 : strides[i]; };
    return {dtype, {stride(0), stride(1), stride(2)}, shape[3]};
}

Attention attention_of(const LowerContext& context) {
    const Node& node = context.node();
    const Heads q = heads_of(node, context.shape(query), query);
    const Heads k = heads_of(node, context.shape(key), key);
    const Heads v = heads_of(node, context.shape(value), value);
    const auto scale = find_attribute<float>(node, "scale");
    const auto precision = find_attribute<std::int64_t>(node, "softmax_precision");
    Attention attention{.dtype = context.dtype(query),
                        .value_dtype = context.dtype(value),
                        .batch = q.batch,
                        .q_heads = q.heads,
                        .kv_heads = k.heads,
                        .queries = q.length,
                        .past = context.has_input(past_key) ? context.shape(past_key)[2] : 0,
                        .keys = k.length,
                        .head_size = q.size,
                        .v_head_size = v.size,
                        .q = q.strides(),
                        .k = k.strides(),
                        .v = v.strides(),
                        .y = Heads{q.batch, q.heads, q.length, v.size, q.packed}.strides(),
                        .scale = scale ? static_cast<double>(*scale)
                                       : 1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(1, q.size))),
                        .softcap = static_cast<double>(std::max(0.0F, attribute<float>(node, "softcap", 0))),
                        .causal = attribute<std::int64_t>(node, "is_causal", 0) != 0,
                        .left_window = attribute<std::int64_t>(node, "left_window_size", -1),
                        .right_window = attribute<std::int64_t>(node, "right_window_size", -1),
                        .mask = std::nullopt,
                        .softmax_dtype = precision ? static_cast<DType>(*precision) : context.dtype(query),
                        .told = static_cast<ScoreStage>(attribute<std::int64_t>(node, "qk_matmul_output_mode", 0)),
                        .row_by_row = context.deterministic(),
                        .node = describe(node)};
    if (context.has_input(attn_mask)) {
        attention.mask = mask_of(context.dtype(attn_mask), context.shape(attn_mask));
    }
    return attention;
}

void lower(LowerContext& context) {
    lower_present(context, key, past_key, present_key);
    lower_present(context, value, past_value, present_value);
    const auto optional_input = [&](Input input) {
        return context.has_input(input) ? std::optional(context.input(input)) : std::nullopt;
    };
    const auto optional_output = [&](Output output) {
        return context.has_output(output) ? std::optional(context.output(output)) : std::nullopt;
    };
    context.add(make_attention_step(attention_of(context), {.q = context.input(query),
                                                            .k = context.input(key),
                                                            .v = context.input(value),
                                                            .mask = optional_input(attn_mask),
                                                            .past_key = optional_input(past_key),
                                                            .past_value = optional_input(past_value),
                                                            .valid_keys = optional_input(nonpad_kv_seqlen),
                                                            .y = optional_output(y),
                                                            .scores = optional_output(qk_matmul_output)}));
}

const Registration attention{{"", "Attention", 3, 7, 4, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
