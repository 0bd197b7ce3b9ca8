// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// How far apart batches, heads and rows lie, in elements; a row is dense, and a stride of 0 repeats.
struct HeadStrides {
    std::int64_t batch;
    std::int64_t head;
    std::int64_t row;
};

/// What is told of the scores of queries and keys: as they are, softcapped, with the mask added, or as probabilities.
enum class ScoreStage { product, capped, masked, probabilities };

/// A mask over [batch, head, query, key]: bool, whether the key takes part, or a number that is added to the score. Keys past
/// its columns take no part.
struct AttentionMask {
    DType dtype;
    HeadStrides strides;
    std::int64_t columns;
};

/// softmax(softcap(scale · Q Kᵀ) + mask) V for each batch and head of the queries. The keys and values are dense past ones
/// [batch, kv_heads, past, size], then new ones. Float16 and BFloat16 are rounded after each of the formula's operations, as the
/// operator's definition by others does.
struct Attention {
    DType dtype;        ///< of queries, keys and results
    DType value_dtype;  ///< of values
    std::int64_t batch;
    std::int64_t q_heads;
    std::int64_t kv_heads;
    std::int64_t queries;
    std::int64_t past;
    std::int64_t keys;
    std::int64_t head_size;
    std::int64_t v_head_size;
    HeadStrides q;
    HeadStrides k;
    HeadStrides v;
    HeadStrides y;
    double scale;
    double softcap = 0;  ///< 0: none
    bool causal = false;
    std::int64_t left_window = -1;  ///< −1: open
    std::int64_t right_window = -1;
    std::optional<AttentionMask> mask;
    DType softmax_dtype;
    ScoreStage told = ScoreStage::product;
    bool row_by_row = false;  ///< a query's result does not depend on which others there are
    std::string node;         ///< as messages call it
};

struct AttentionSlots {
    Slot q;
    Slot k;
    Slot v;
    std::optional<Slot> mask;
    std::optional<Slot> past_key;
    std::optional<Slot> past_value;
    std::optional<Slot> valid_keys;  ///< int64 [batch]: keys from here on are padding
    std::optional<Slot> y;
    std::optional<Slot> scores;  ///< [batch, q_heads, queries, past + keys]
};

[[nodiscard]] std::unique_ptr<Step> make_attention_step(const Attention& attention, const AttentionSlots& slots);

}  // namespace onecnn::core
