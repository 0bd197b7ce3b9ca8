// SPDX-License-Identifier: Apache-2.0
#include "kernels/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

#include "kernels/block_product.h"
#include "kernels/convert.h"
#include "kernels/float16.h"
#include "kernels/scratch_step.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

/// The type in which a stored type is computed.
template <typename T>
using Wide = std::conditional_t<std::is_same_v<T, double>, double, float>;

template <typename T>
Wide<T> rounded(Wide<T> x) {
    return static_cast<Wide<T>>(T(x));
}

/// Queries that go through the keys together.
constexpr std::int64_t block_rows = 64;

/// The buffers of a slice.
struct Buffers {
    std::size_t keys;
    std::size_t values;
    std::size_t queries;
    std::size_t scores;
    std::size_t bias;
    std::size_t results;
};

template <typename T>
class Kernel {
public:
    Kernel(const Attention& attention, const AttentionSlots& slots)
        : a_(attention), slots_(slots), total_(checked_add(a_.past, a_.keys)) {
        rows_ = std::min(block_rows, a_.queries);
        buffers_.keys = layout_.take<Wide<T>>(checked_multiply(total_, a_.head_size));
        buffers_.values = layout_.take<Wide<T>>(checked_multiply(total_, a_.v_head_size));
        buffers_.queries = layout_.take<Wide<T>>(checked_multiply(rows_, a_.head_size));
        buffers_.scores = layout_.take<Wide<T>>(checked_multiply(rows_, total_));
        buffers_.bias = layout_.take<Wide<T>>(total_);
        buffers_.results = layout_.take<Wide<T>>(checked_multiply(rows_, a_.v_head_size));
    }

    [[nodiscard]] std::int64_t blocks() const { return (a_.queries + block_rows - 1) / block_rows; }
    [[nodiscard]] std::int64_t items() const { return a_.batch * a_.q_heads * blocks(); }
    [[nodiscard]] std::int64_t item_work() const {
        constexpr std::int64_t softmax_work = 16;
        const std::int64_t per_score = checked_add(2 * checked_add(a_.head_size, a_.v_head_size), softmax_work);
        return checked_multiply(checked_multiply(rows_, std::max<std::int64_t>(1, total_)), per_score);
    }
    [[nodiscard]] std::size_t scratch_bytes() const { return layout_.bytes(); }

    /// Blocks [range.begin, range.end) of all heads' queries.
    void run(const Memory& memory, Range range, std::byte* scratch) const {
        std::int64_t packed = -1;
        for (std::int64_t item = range.begin; item < range.end; ++item) {
            const std::int64_t head = item / blocks();
            const std::int64_t b = head / a_.q_heads;
            const std::int64_t h = head % a_.q_heads;
            const std::int64_t kv = b * a_.kv_heads + h / (a_.q_heads / a_.kv_heads);
            if (kv != packed) {
                pack(memory, kv, scratch);
                packed = kv;
            }
            const std::int64_t first = item % blocks() * block_rows;
            run_block(memory, b, h, {first, std::min(first + block_rows, a_.queries)}, scratch);
        }
    }

private:
    static Wide<T>* buffer(std::byte* scratch, std::size_t place) {
        return reinterpret_cast<Wide<T>*>(scratch + place);
    }

    static void scale(Wide<T>* x, std::int64_t count, Wide<T> factor) {
        std::transform(x, x + count, x, [factor](Wide<T> value) { return rounded<T>(value * factor); });
    }

    /// Q and K are each scaled by the root, so that their product does not overflow before it is scaled.
    [[nodiscard]] Wide<T> root_of_scale() const { return rounded<T>(static_cast<Wide<T>>(std::sqrt(a_.scale))); }

    /// One head's rows in the wide type: past ones, then new ones.
    void load(const std::byte* past, const std::byte* rows, std::int64_t row_stride, std::int64_t kv, std::int64_t size,
              DType dtype, Wide<T>* to) const {
        const Convert convert = conversion(dtype, dtype_of<Wide<T>>);
        const std::int64_t element = bits(dtype) / 8;
        if (a_.past > 0) {
            convert(past + kv * a_.past * size * element, reinterpret_cast<std::byte*>(to), a_.past * size);
            to += a_.past * size;
        }
        for (std::int64_t j = 0; j < a_.keys; ++j) {
            convert(rows + j * row_stride * element, reinterpret_cast<std::byte*>(to + j * size), size);
        }
    }

    void pack(const Memory& memory, std::int64_t kv, std::byte* scratch) const {
        const std::int64_t b = kv / a_.kv_heads;
        const std::int64_t h = kv % a_.kv_heads;
        const auto rows = [&](Slot slot, const HeadStrides& strides, DType dtype) {
            return memory[slot] + (b * strides.batch + h * strides.head) * (bits(dtype) / 8);
        };
        const auto past = [&](const std::optional<Slot>& slot) { return slot ? memory[*slot] : nullptr; };
        Wide<T>* keys = buffer(scratch, buffers_.keys);
        load(past(slots_.past_key), rows(slots_.k, a_.k, a_.dtype), a_.k.row, kv, a_.head_size, a_.dtype, keys);
        scale(keys, total_ * a_.head_size, root_of_scale());
        load(past(slots_.past_value), rows(slots_.v, a_.v, a_.value_dtype), a_.v.row, kv, a_.v_head_size,
             a_.value_dtype, buffer(scratch, buffers_.values));
    }

    void run_block(const Memory& memory, std::int64_t b, std::int64_t h, Range block, std::byte* scratch) const {
        const std::int64_t rows = block.end - block.begin;
        Wide<T>* queries = buffer(scratch, buffers_.queries);
        const T* q = memory.at<const T>(slots_.q) + b * a_.q.batch + h * a_.q.head;
        for (std::int64_t i = 0; i < rows; ++i) {
            const T* row = q + (block.begin + i) * a_.q.row;
            std::transform(row, row + a_.head_size, queries + i * a_.head_size,
                           [](T x) { return static_cast<Wide<T>>(x); });
        }
        scale(queries, rows * a_.head_size, root_of_scale());

        Wide<T>* scores = buffer(scratch, buffers_.scores);
        multiply({.m = rows,
                  .k = a_.head_size,
                  .n = total_,
                  .a_row = a_.head_size,
                  .b_row = a_.head_size,
                  .c_row = total_,
                  .transpose_b = true,
                  .row_by_row = a_.row_by_row},
                 queries, buffer(scratch, buffers_.keys), scores);
        for (std::int64_t i = 0; i < rows; ++i) {
            const std::int64_t row = (b * a_.q_heads + h) * a_.queries + block.begin + i;
            finish_scores(memory, b, h, block.begin + i, {scores + i * total_, static_cast<std::size_t>(total_)},
                          {buffer(scratch, buffers_.bias), static_cast<std::size_t>(total_)},
                          slots_.scores ? memory.at<T>(*slots_.scores) + row * total_ : nullptr);
        }
        if (slots_.y) {
            store_results(memory.at<T>(*slots_.y) + b * a_.y.batch + h * a_.y.head, block, scratch);
        }
    }

    void store_results(T* y, Range block, std::byte* scratch) const {
        Wide<T>* results = buffer(scratch, buffers_.results);
        const std::int64_t rows = block.end - block.begin;
        multiply({.m = rows,
                  .k = total_,
                  .n = a_.v_head_size,
                  .a_row = total_,
                  .b_row = a_.v_head_size,
                  .c_row = a_.v_head_size,
                  .row_by_row = a_.row_by_row},
                 buffer(scratch, buffers_.scores), buffer(scratch, buffers_.values), results);
        for (std::int64_t i = 0; i < rows; ++i) {
            const Wide<T>* row = results + i * a_.v_head_size;
            std::transform(row, row + a_.v_head_size, y + (block.begin + i) * a_.y.row, [](Wide<T> x) { return T(x); });
        }
    }

    /// The keys that query i may see, whatever the mask.
    [[nodiscard]] Range visible(const Memory& memory, std::int64_t b, std::int64_t i) const {
        Range keys{0, total_};
        std::int64_t position = a_.past + i;
        if (slots_.valid_keys) {
            const std::int64_t valid = memory.at<const std::int64_t>(*slots_.valid_keys)[b];
            if (valid < 0 || valid > total_) {
                fail(ErrorCode::invalid_argument, a_.node, ": nonpad_kv_seqlen[", b, "] is ", valid, ", outside [0, ",
                     total_, "]");
            }
            keys.end = valid;
            position = valid - a_.queries + i;
        }
        // A window as wide as all positions there are is open, and its sum with one does not overflow.
        const std::int64_t everywhere = total_ + a_.queries;
        if (a_.causal) {
            keys.end = std::min(keys.end, position + 1);
        }
        if (a_.right_window >= 0) {
            keys.end = std::min(keys.end, position + std::min(a_.right_window, everywhere) + 1);
        }
        if (a_.left_window >= 0) {
            keys.begin = std::max(keys.begin, position - std::min(a_.left_window, everywhere));
        }
        keys.end = std::max(keys.end, std::int64_t{0});
        keys.begin = std::min(keys.begin, keys.end);
        return keys;
    }

    static constexpr Wide<T> nothing = -std::numeric_limits<Wide<T>>::infinity();

    /// What is added to the scores of query i: minus infinity for keys that take no part. Returns whether any does.
    bool fill_bias(const Memory& memory, std::int64_t b, std::int64_t h, std::int64_t i,
                   std::span<Wide<T>> bias) const {
        Range keys = visible(memory, b, i);
        std::ranges::fill(bias, nothing);
        if (!a_.mask) {
            std::fill(bias.begin() + keys.begin, bias.begin() + keys.end, Wide<T>{0});
            return keys.begin < keys.end;
        }
        keys.end = std::min(keys.end, a_.mask->columns);
        if (keys.begin >= keys.end) {
            return false;
        }
        const HeadStrides& strides = a_.mask->strides;
        const std::int64_t first = b * strides.batch + h * strides.head + i * strides.row + keys.begin;
        const std::byte* mask = memory[*slots_.mask] + first * (bits(a_.mask->dtype) / 8);
        const std::int64_t count = keys.end - keys.begin;
        if (a_.mask->dtype == DType::boolean) {
            std::transform(mask, mask + count, bias.begin() + keys.begin,
                           [](std::byte takes_part) { return takes_part == std::byte{0} ? nothing : Wide<T>{0}; });
        } else {
            conversion(a_.mask->dtype, dtype_of<Wide<T>>)(mask, reinterpret_cast<std::byte*>(&bias[0] + keys.begin),
                                                          count);
        }
        return std::ranges::any_of(bias, [](Wide<T> x) { return x != nothing; });
    }

    void tell(ScoreStage stage, std::span<const Wide<T>> scores, T* to) const {
        if (to != nullptr && a_.told == stage) {
            std::ranges::transform(scores, to, [](Wide<T> x) { return T(x); });
        }
    }

    /// Turns the products of query i and all keys into probabilities.
    void finish_scores(const Memory& memory, std::int64_t b, std::int64_t h, std::int64_t i, std::span<Wide<T>> scores,
                       std::span<Wide<T>> bias, T* told) const {
        std::ranges::transform(scores, scores.begin(), rounded<T>);
        tell(ScoreStage::product, scores, told);
        if (a_.softcap != 0) {
            const auto cap = rounded<T>(static_cast<Wide<T>>(a_.softcap));
            std::ranges::transform(scores, scores.begin(), [cap](Wide<T> x) {
                return rounded<T>(rounded<T>(std::tanh(rounded<T>(x / cap))) * cap);
            });
        }
        tell(ScoreStage::capped, scores, told);
        const bool any = fill_bias(memory, b, h, i, bias);
        std::ranges::transform(scores, bias, scores.begin(),
                               [](Wide<T> score, Wide<T> x) { return x == nothing ? nothing : rounded<T>(score + x); });
        tell(ScoreStage::masked, scores, told);
        if (!any) {
            std::ranges::fill(scores, Wide<T>{0});
        } else if (a_.softmax_dtype == a_.dtype) {
            normalise<T>(scores);
        } else if (a_.softmax_dtype == DType::float64) {
            normalise<double>(scores);
        } else {
            normalise<Wide<T>>(scores);
        }
        tell(ScoreStage::probabilities, scores, told);
    }

    /// Each addition of BFloat16 rounds, as in ONNX's reference; but only within eights, or long rows would stop growing.
    template <typename P>
    static Wide<P> sum_of(std::span<const Wide<T>> terms) {
        constexpr std::size_t group = std::is_same_v<P, BFloat16> ? 8 : 1;
        Wide<P> sum = 0;
        for (std::size_t i = 0; i < terms.size(); i += group) {
            Wide<P> part = 0;
            for (const Wide<T> term : terms.subspan(i, std::min(group, terms.size() - i))) {
                part = rounded<P>(part + static_cast<Wide<P>>(term));
            }
            sum += part;
        }
        return sum;
    }

    /// Softmax with P's precision after each operation; all zeros where no score is more than minus infinity.
    template <typename P>
    static void normalise(std::span<Wide<T>> scores) {
        const auto largest = static_cast<Wide<P>>(*std::ranges::max_element(scores));
        if (largest == -std::numeric_limits<Wide<P>>::infinity()) {
            std::ranges::fill(scores, Wide<T>{0});
            return;
        }
        const auto power = [largest](Wide<T> x) {
            return rounded<P>(std::exp(rounded<P>(static_cast<Wide<P>>(x) - largest)));
        };
        std::ranges::transform(scores, scores.begin(), [&](Wide<T> x) { return static_cast<Wide<T>>(power(x)); });
        const Wide<P> sum = rounded<P>(sum_of<P>(scores));
        std::ranges::transform(scores, scores.begin(), [sum](Wide<T> x) {
            return rounded<T>(static_cast<Wide<T>>(rounded<P>(static_cast<Wide<P>>(x) / sum)));
        });
    }

    Attention a_;
    AttentionSlots slots_;
    std::int64_t total_;
    std::int64_t rows_;
    ScratchLayout layout_;
    Buffers buffers_{};
};

template <typename T>
std::unique_ptr<Step> step_of(const Attention& attention, const AttentionSlots& slots) {
    const Kernel<T> kernel(attention, slots);
    const std::int64_t items = kernel.items();
    const std::int64_t slices = slices_for(items, kernel.item_work());
    auto step = std::make_unique<ScratchStep>("attention", slices, kernel.scratch_bytes(),
                                              [=](const Memory& memory, std::int64_t slice, std::byte* scratch) {
                                                  kernel.run(memory, slice_range(items, slices, slice), scratch);
                                              });
    step->work = checked_multiply(items, kernel.item_work());
    return step;
}

std::unique_ptr<Step> step_for(const Attention& attention, const AttentionSlots& slots) {
    switch (attention.dtype) {
        case DType::float32: return step_of<float>(attention, slots);
        case DType::float64: return step_of<double>(attention, slots);
        case DType::float16: return step_of<Float16>(attention, slots);
        case DType::bfloat16: return step_of<BFloat16>(attention, slots);
        default: fail(ErrorCode::internal, "attention of ", name(attention.dtype));
    }
}

}  // namespace

std::unique_ptr<Step> make_attention_step(const Attention& attention, const AttentionSlots& slots) {
    auto step = step_for(attention, slots);
    step->reads = {slots.q, slots.k, slots.v};
    for (const auto& slot : {slots.mask, slots.past_key, slots.past_value, slots.valid_keys}) {
        if (slot) {
            step->reads.push_back(*slot);
        }
    }
    for (const auto& slot : {slots.y, slots.scores}) {
        if (slot) {
            step->writes.push_back(*slot);
        }
    }
    return step;
}

}  // namespace onecnn::core
