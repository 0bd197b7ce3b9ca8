// SPDX-License-Identifier: Apache-2.0
#include "kernels/recurrent.h"

#include <algorithm>
#include <type_traits>

#include "kernels/block_product.h"
#include "kernels/convert.h"
#include "kernels/scratch_step.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

/// Sequences that one slice takes together, and rows of inputs that it multiplies at once.
constexpr std::int64_t block_sequences = 16;
constexpr std::int64_t block_inputs = 128;

/// Places in a slice's scratch memory.
struct Buffers {
    std::size_t w;
    std::size_t r;
    std::size_t bias;       ///< [2, gates · hidden]: the input's, the recurrence's
    std::size_t peepholes;  ///< [3, hidden]
    std::size_t inputs;     ///< [chunk · sequences, input]
    std::size_t gates;      ///< [chunk · sequences, gates · hidden]
    std::size_t h;          ///< [sequences, hidden]
    std::size_t c;
    std::size_t linear;  ///< [sequences, hidden]: GRU's product for its h gate, or r · H
    std::size_t cell;    ///< [hidden]
};

/// Sequences [begin, end) of the batch in one direction. T: float, double.
template <typename T>
class Pass {
public:
    Pass(const Recurrent& recurrent, const RecurrentSlots& slots, const Buffers& buffers, const Memory& memory,
         std::byte* scratch, std::int64_t direction, Range sequences)
        : s_(recurrent),
          slots_(slots),
          buffers_(buffers),
          memory_(memory),
          scratch_(scratch),
          direction_(direction),
          first_(sequences.begin),
          count_(sequences.end - sequences.begin),
          hidden_(s_.hidden_size),
          columns_(gate_count(s_.kind) * hidden_) {}

    void run() {
        load_weights();
        load_state(slots_.initial_h, at(buffers_.h));
        load_state(slots_.initial_c, at(buffers_.c));
        const std::int64_t chunk = std::max<std::int64_t>(1, block_inputs / count_);
        for (std::int64_t begin = 0; begin < s_.steps; begin += chunk) {
            const std::int64_t end = std::min(begin + chunk, s_.steps);
            project(begin, end);
            for (std::int64_t step = begin; step < end; ++step) {
                advance(step, at(buffers_.gates) + (step - begin) * count_ * columns_);
            }
        }
        store_state(at(buffers_.h), slots_.last_h);
        store_state(at(buffers_.c), slots_.last_c);
    }

private:
    [[nodiscard]] T* at(std::size_t place) const { return reinterpret_cast<T*>(scratch_ + place); }
    [[nodiscard]] const RecurrentDirection& pass() const { return s_.directions[static_cast<std::size_t>(direction_)]; }

    void load(Slot from, std::int64_t first, std::int64_t count, T* to) const {
        conversion(s_.dtype, dtype_of<T>)(memory_[from] + first * (bits(s_.dtype) / 8),
                                          reinterpret_cast<std::byte*>(to), count);
    }

    void store(const T* from, std::int64_t count, Slot to, std::int64_t first) const {
        conversion(dtype_of<T>, s_.dtype)(reinterpret_cast<const std::byte*>(from),
                                          memory_[to] + first * (bits(s_.dtype) / 8), count);
    }

    /// Weights where they lie when that is in T, else converted.
    [[nodiscard]] const T* weights(Slot from, std::int64_t count, std::size_t place) const {
        if (s_.dtype == dtype_of<T>) {
            return memory_.at<const T>(from) + direction_ * count;
        }
        load(from, direction_ * count, count, at(place));
        return at(place);
    }

    void load_weights() {
        w_ = weights(slots_.w, columns_ * s_.input_size, buffers_.w);
        r_ = weights(slots_.r, columns_ * hidden_, buffers_.r);
        T* bias = at(buffers_.bias);
        std::fill_n(bias, 2 * columns_, T{0});
        if (slots_.b) {
            load(*slots_.b, direction_ * 2 * columns_, 2 * columns_, bias);
        }
        // Only GRU's reset gate tells the recurrence's bias of the h gate from the input's.
        const std::int64_t common = s_.linear_before_reset ? 2 * hidden_ : columns_;
        std::transform(bias, bias + common, bias + columns_, bias, [](T x, T y) { return x + y; });
        std::fill_n(at(buffers_.peepholes), 3 * hidden_, T{0});
        if (slots_.p) {
            load(*slots_.p, direction_ * 3 * hidden_, 3 * hidden_, at(buffers_.peepholes));
        }
    }

    void load_state(const std::optional<Slot>& from, T* to) const {
        std::fill_n(to, count_ * hidden_, T{0});
        for (std::int64_t i = 0; from && i < count_; ++i) {
            load(*from, state_place(i), hidden_, to + i * hidden_);
        }
    }

    void store_state(const T* from, const std::optional<Slot>& to) const {
        for (std::int64_t i = 0; to && i < count_; ++i) {
            store(from + i * hidden_, hidden_, *to, state_place(i));
        }
    }

    [[nodiscard]] std::int64_t state_place(std::int64_t i) const {
        return direction_ * s_.state.direction + (first_ + i) * s_.state.row;
    }

    [[nodiscard]] std::int64_t length(std::int64_t i) const {
        if (!slots_.lengths) {
            return s_.steps;
        }
        const std::int64_t length = memory_.at<const std::int32_t>(*slots_.lengths)[first_ + i];
        if (length < 0 || length > s_.steps) {
            fail(ErrorCode::invalid_argument, s_.node, ": sequence_lens[", first_ + i, "] is ", length,
                 ", outside [0, ", s_.steps, "]");
        }
        return length;
    }

    /// The time step at which sequence i is in its `step`-th turn; nothing once it has ended.
    [[nodiscard]] std::optional<std::int64_t> time(std::int64_t i, std::int64_t step) const {
        const std::int64_t end = length(i);
        if (step >= end) {
            return std::nullopt;
        }
        return pass().reverse ? end - 1 - step : step;
    }

    /// The gates' share of the inputs and biases, for turns [begin, end).
    void project(std::int64_t begin, std::int64_t end) const {
        T* inputs = at(buffers_.inputs);
        T* gates = at(buffers_.gates);
        const std::int64_t rows = (end - begin) * count_;
        for (std::int64_t row = 0; row < rows; ++row) {
            const std::int64_t i = row % count_;
            const auto t = time(i, begin + row / count_);
            if (t) {
                load(slots_.x, *t * s_.x.step + (first_ + i) * s_.x.row, s_.input_size, inputs + row * s_.input_size);
            } else {
                std::fill_n(inputs + row * s_.input_size, s_.input_size, T{0});
            }
            std::copy_n(at(buffers_.bias), columns_, gates + row * columns_);
        }
        multiply({.m = rows,
                  .k = s_.input_size,
                  .n = columns_,
                  .a_row = s_.input_size,
                  .b_row = s_.input_size,
                  .c_row = columns_,
                  .transpose_b = true,
                  .accumulate = true,
                  .row_by_row = s_.row_by_row},
                 inputs, w_, gates);
    }

    /// Adds the product of `states` and the recurrence's rows for gates [from, to) to the same columns of C.
    void add_recurrence(const T* states, std::int64_t from, std::int64_t to, T* c, std::int64_t c_row) const {
        multiply({.m = count_,
                  .k = hidden_,
                  .n = (to - from) * hidden_,
                  .a_row = hidden_,
                  .b_row = hidden_,
                  .c_row = c_row,
                  .transpose_b = true,
                  .accumulate = true,
                  .row_by_row = s_.row_by_row},
                 states, r_ + from * hidden_ * hidden_, c);
    }

    void advance(std::int64_t step, T* gates) const {
        const T* states = at(buffers_.h);
        switch (s_.kind) {
            case RecurrentKind::rnn: add_recurrence(states, 0, 1, gates, columns_); break;
            case RecurrentKind::lstm: add_recurrence(states, 0, 4, gates, columns_); break;
            case RecurrentKind::gru: reset(gates); break;
        }
        for (std::int64_t i = 0; i < count_; ++i) {
            const auto t = time(i, step);
            T* h = at(buffers_.h) + i * hidden_;
            if (t) {
                update(gates + i * columns_, h, at(buffers_.c) + i * hidden_);
            }
            if (slots_.y) {
                store_result(t, step, i, h);
            }
        }
    }

    /// A sequence that has ended gives zeros at the steps past its length, which are where its turn would be.
    void store_result(const std::optional<std::int64_t>& t, std::int64_t step, std::int64_t i, const T* h) const {
        const std::int64_t place = t.value_or(step) * s_.y.step + direction_ * s_.y.direction + (first_ + i) * s_.y.row;
        if (t) {
            store(h, hidden_, *slots_.y, place);
        } else {
            const std::int64_t bytes = bits(s_.dtype) / 8;
            std::fill_n(memory_[*slots_.y] + place * bytes, hidden_ * bytes, std::byte{0});
        }
    }

    void activate(std::size_t function, T* x, std::int64_t count) const {
        if (s_.clip) {
            const auto most = static_cast<T>(*s_.clip);
            std::transform(x, x + count, x, [most](T v) { return std::min(std::max(v, -most), most); });
        }
        apply(pass().functions[function], x, count);
    }

    /// GRU: z and r become gates, and h has what its function is applied to.
    void reset(T* gates) const {
        T* linear = at(buffers_.linear);
        const T* states = at(buffers_.h);
        add_recurrence(states, 0, 2, gates, columns_);
        for (std::int64_t i = 0; i < count_; ++i) {
            activate(0, gates + i * columns_, 2 * hidden_);
        }
        if (s_.linear_before_reset) {
            for (std::int64_t i = 0; i < count_; ++i) {
                std::copy_n(at(buffers_.bias) + columns_ + 2 * hidden_, hidden_, linear + i * hidden_);
            }
            add_recurrence(states, 2, 3, linear, hidden_);
        }
        for (std::int64_t i = 0; i < count_; ++i) {
            const T* r = gates + i * columns_ + hidden_;
            T* h = gates + i * columns_ + 2 * hidden_;
            T* row = linear + i * hidden_;
            for (std::int64_t j = 0; j < hidden_; ++j) {
                if (s_.linear_before_reset) {
                    h[j] += r[j] * row[j];
                } else {
                    row[j] = r[j] * states[i * hidden_ + j];
                }
            }
        }
        if (!s_.linear_before_reset) {
            add_recurrence(linear, 2, 3, gates + 2 * hidden_, columns_);
        }
    }

    /// One sequence's state from its gates.
    void update(T* gates, T* h, T* c) const {
        switch (s_.kind) {
            case RecurrentKind::rnn:
                activate(0, gates, hidden_);
                std::copy_n(gates, hidden_, h);
                break;
            case RecurrentKind::gru: update_gru(gates, h); break;
            case RecurrentKind::lstm: update_lstm(gates, h, c); break;
        }
    }

    void update_gru(T* gates, T* h) const {
        const T* z = gates;
        T* next = gates + 2 * hidden_;
        activate(1, next, hidden_);
        for (std::int64_t j = 0; j < hidden_; ++j) {
            h[j] = (1 - z[j]) * next[j] + z[j] * h[j];
        }
    }

    void update_lstm(T* gates, T* h, T* c) const {
        T* i = gates;
        T* o = gates + hidden_;
        T* f = gates + 2 * hidden_;
        T* next = gates + 3 * hidden_;
        const T* peepholes = at(buffers_.peepholes);
        for (std::int64_t j = 0; j < hidden_; ++j) {
            i[j] += peepholes[j] * c[j];
            f[j] += peepholes[2 * hidden_ + j] * c[j];
        }
        activate(0, i, hidden_);
        activate(0, f, hidden_);
        activate(1, next, hidden_);
        for (std::int64_t j = 0; j < hidden_; ++j) {
            const T kept = s_.input_forget ? 1 - i[j] : f[j];
            c[j] = kept * c[j] + i[j] * next[j];
            o[j] += peepholes[hidden_ + j] * c[j];
        }
        activate(0, o, hidden_);
        T* cell = at(buffers_.cell);
        std::copy_n(c, hidden_, cell);
        apply(pass().functions[2], cell, hidden_);
        std::transform(o, o + hidden_, cell, h, [](T gate, T x) { return gate * x; });
    }

    const Recurrent& s_;
    const RecurrentSlots& slots_;
    const Buffers& buffers_;
    const Memory& memory_;
    std::byte* scratch_;
    std::int64_t direction_;
    std::int64_t first_;
    std::int64_t count_;
    std::int64_t hidden_;
    std::int64_t columns_;
    const T* w_ = nullptr;
    const T* r_ = nullptr;
};

template <typename T>
Buffers place(ScratchLayout& layout, const Recurrent& s) {
    const std::int64_t hidden = s.hidden_size;
    const std::int64_t columns = checked_multiply(gate_count(s.kind), hidden);
    const std::int64_t sequences = std::min(block_sequences, s.batch);
    const std::int64_t inputs = std::min(checked_multiply(s.steps, sequences), block_inputs);
    const bool converts = s.dtype != dtype_of<T>;
    Buffers buffers{};
    buffers.w = layout.take<T>(converts ? checked_multiply(columns, s.input_size) : 0);
    buffers.r = layout.take<T>(converts ? checked_multiply(columns, hidden) : 0);
    buffers.bias = layout.take<T>(checked_multiply(2, columns));
    buffers.peepholes = layout.take<T>(checked_multiply(3, hidden));
    buffers.inputs = layout.take<T>(checked_multiply(inputs, s.input_size));
    buffers.gates = layout.take<T>(checked_multiply(inputs, columns));
    buffers.h = layout.take<T>(checked_multiply(sequences, hidden));
    buffers.c = layout.take<T>(checked_multiply(sequences, hidden));
    buffers.linear = layout.take<T>(checked_multiply(sequences, hidden));
    buffers.cell = layout.take<T>(hidden);
    return buffers;
}

template <typename T>
std::unique_ptr<Step> step_of(const Recurrent& s, const RecurrentSlots& slots) {
    ScratchLayout layout;
    const Buffers buffers = place<T>(layout, s);
    const std::int64_t blocks = (s.batch + block_sequences - 1) / block_sequences;
    const std::int64_t items = blocks * static_cast<std::int64_t>(s.directions.size());
    const std::int64_t weights =
        checked_multiply(checked_multiply(gate_count(s.kind), s.hidden_size), checked_add(s.input_size, s.hidden_size));
    const std::int64_t item_work =
        checked_multiply(2 * weights, checked_multiply(s.steps, std::min(block_sequences, s.batch)));
    const std::int64_t slices = slices_for(items, item_work);
    auto step = std::make_unique<ScratchStep>(
        "recurrent", slices, layout.bytes(), [=](const Memory& memory, std::int64_t slice, std::byte* scratch) {
            const Range range = slice_range(items, slices, slice);
            for (std::int64_t item = range.begin; item < range.end; ++item) {
                const std::int64_t first = item % blocks * block_sequences;
                const Range sequences{first, std::min(first + block_sequences, s.batch)};
                Pass<T>(s, slots, buffers, memory, scratch, item / blocks, sequences).run();
            }
        });
    step->work = checked_multiply(items, item_work);
    return step;
}

}  // namespace

std::int64_t gate_count(RecurrentKind kind) {
    switch (kind) {
        case RecurrentKind::rnn: return 1;
        case RecurrentKind::gru: return 3;
        case RecurrentKind::lstm: return 4;
    }
    fail(ErrorCode::internal, "unknown recurrent kind");
}

std::unique_ptr<Step> make_recurrent_step(const Recurrent& recurrent, const RecurrentSlots& slots) {
    auto step =
        recurrent.dtype == DType::float64 ? step_of<double>(recurrent, slots) : step_of<float>(recurrent, slots);
    step->reads = {slots.x, slots.w, slots.r};
    for (const auto& slot : {slots.b, slots.lengths, slots.initial_h, slots.initial_c, slots.p}) {
        if (slot) {
            step->reads.push_back(*slot);
        }
    }
    for (const auto& slot : {slots.y, slots.last_h, slots.last_c}) {
        if (slot) {
            step->writes.push_back(*slot);
        }
    }
    return step;
}

}  // namespace onecnn::core
