// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "graph/attributes.h"
#include "kernels/convert.h"
#include "kernels/scratch_step.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

enum Input : std::size_t { query, key, value, past_state, decay, beta };
enum Output : std::size_t { result, present_state };

/// S ← e^g S, where gated; v ← β (v − Sᵀ k), where it corrects; then S ← S + k vᵀ, and the result is scale · Sᵀ q.
struct Recurrence {
    std::int64_t batch;
    std::int64_t length;
    std::int64_t q_heads;
    std::int64_t kv_heads;
    std::int64_t k_size;
    std::int64_t v_size;
    bool gated;
    bool corrects;
    std::int64_t decays;  ///< a position's numbers in `decay`: one for each head, or one for each number of its keys
    std::int64_t betas;   ///< and in `beta`: one for each head, or one
    float scale;
};

Recurrence recurrence_of(const Node& node, const Shape& q, const Shape& v) {
    Recurrence made{};
    made.batch = q[0];
    made.length = q[1];
    made.q_heads = required_attribute<std::int64_t>(node, "q_num_heads");
    made.kv_heads = required_attribute<std::int64_t>(node, "kv_num_heads");
    if (made.kv_heads < 1 || made.q_heads < 1 || made.q_heads % made.kv_heads != 0) {
        fail(ErrorCode::invalid_model, describe(node), ": q_num_heads is ", made.q_heads, " and kv_num_heads ",
             made.kv_heads, ", expected a multiple");
    }
    made.k_size = q[2] / made.q_heads;
    made.v_size = v[2] / made.kv_heads;
    const auto rule = attribute<std::string>(node, "update_rule", "gated_delta");
    if (rule != "linear" && rule != "gated" && rule != "delta" && rule != "gated_delta") {
        fail(ErrorCode::invalid_model, describe(node), ": update_rule is '", rule,
             "', expected linear, gated, delta or gated_delta");
    }
    made.gated = rule.starts_with("gated");
    made.corrects = rule.ends_with("delta");
    const float scale = attribute<float>(node, "scale", 0);
    made.scale = scale != 0 ? scale : 1 / std::sqrt(static_cast<float>(std::max<std::int64_t>(1, made.k_size)));
    return made;
}

/// An input that the update rule asks for, [batch, length, one of two sizes].
void check_rate(const InferContext& context, Input input, bool wanted, const Shape& q, std::int64_t one,
                std::int64_t other) {
    if (context.has_input(input) != wanted) {
        context.invalid("input ", static_cast<int>(input), wanted ? " is missing" : " is given",
                        ", which the update_rule does not allow");
    }
    if (!wanted) {
        return;
    }
    context.require_same_dtype(input);
    const Shape& shape = context.shape(input);
    if (shape != Shape{q[0], q[1], one} && shape != Shape{q[0], q[1], other}) {
        context.invalid("input ", static_cast<int>(input), " has shape ", to_string(shape), ", expected [", q[0], ", ",
                        q[1], ", ", one, " or ", other, "]");
    }
}

bool is_float(DType dtype) { return dtype == DType::float32 || dtype == DType::float16 || dtype == DType::bfloat16; }

void infer(InferContext& context) {
    if (!is_float(context.dtype(query))) {
        context.invalid("input 0 is ", name(context.dtype(query)), ", expected float32, float16 or bfloat16");
    }
    for (const Input input : {query, key, value}) {
        context.require_rank(input, 3);
        context.require_same_dtype(input);
    }
    const Shape& q = context.shape(query);
    const Shape& k = context.shape(key);
    const Shape& v = context.shape(value);
    const Recurrence made = recurrence_of(context.node(), q, v);
    if (k[0] != q[0] || v[0] != q[0] || k[1] != q[1] || v[1] != q[1] || q[2] != made.q_heads * made.k_size ||
        k[2] != made.kv_heads * made.k_size || v[2] != made.kv_heads * made.v_size) {
        context.invalid("query is ", to_string(q), ", key ", to_string(k), " and value ", to_string(v), " of ",
                        made.q_heads, " and ", made.kv_heads, " heads, which do not go together");
    }
    check_rate(context, decay, made.gated, q, made.kv_heads, k[2]);
    check_rate(context, beta, made.corrects, q, made.kv_heads, 1);
    const Shape state{made.batch, made.kv_heads, made.k_size, made.v_size};
    DType state_dtype = context.dtype(query);
    if (context.has_input(past_state)) {
        state_dtype = context.dtype(past_state);
        if (context.shape(past_state) != state || !is_float(state_dtype)) {
            context.invalid("past_state is ", name(state_dtype), to_string(context.shape(past_state)),
                            ", expected floats of shape ", to_string(state));
        }
    }
    context.set_output(result, context.dtype(query), {q[0], q[1], checked_multiply(made.q_heads, made.v_size)});
    context.set_output(present_state, state_dtype, state);
}

struct Place {
    Slot slot;
    DType dtype;
};

struct Places {
    Place query;
    Place key;
    Place value;
    std::optional<Place> past;
    std::optional<Place> decay;
    std::optional<Place> beta;
    std::optional<Place> result;
    std::optional<Place> present;
};

/// One key head after another, from the first position to the last, in float.
class Kernel {
public:
    Kernel(const Recurrence& recurrence, const Places& places) : r_(recurrence), places_(places) {
        state_ = layout_.take<float>(checked_multiply(r_.k_size, r_.v_size));
        query_ = layout_.take<float>(r_.k_size);
        key_ = layout_.take<float>(r_.k_size);
        decay_ = layout_.take<float>(std::max<std::int64_t>(1, r_.k_size));
        value_ = layout_.take<float>(r_.v_size);
        read_ = layout_.take<float>(r_.v_size);
    }

    [[nodiscard]] std::size_t scratch_bytes() const { return layout_.bytes(); }

    void run(const Memory& memory, std::int64_t b, std::int64_t h, std::byte* scratch) const {
        const std::int64_t elements = r_.k_size * r_.v_size;
        const std::int64_t head = b * r_.kv_heads + h;
        float* state = at(scratch, state_);
        if (places_.past) {
            load(memory, *places_.past, head * elements, elements, state);
        } else {
            std::fill_n(state, elements, 0.0F);
        }
        for (std::int64_t t = 0; t < r_.length; ++t) {
            update(memory, b * r_.length + t, h, scratch);
            if (places_.result) {
                const std::int64_t group = r_.q_heads / r_.kv_heads;
                for (std::int64_t q = h * group; q < (h + 1) * group; ++q) {
                    answer(memory, (b * r_.length + t) * r_.q_heads + q, scratch);
                }
            }
        }
        if (places_.present) {
            store(memory, state, elements, *places_.present, head * elements);
        }
    }

private:
    static float* at(std::byte* scratch, std::size_t place) { return reinterpret_cast<float*>(scratch + place); }

    static void load(const Memory& memory, const Place& from, std::int64_t first, std::int64_t count, float* to) {
        conversion(from.dtype, DType::float32)(memory[from.slot] + first * (bits(from.dtype) / 8),
                                               reinterpret_cast<std::byte*>(to), count);
    }

    static void store(const Memory& memory, const float* from, std::int64_t count, const Place& to,
                      std::int64_t first) {
        conversion(DType::float32, to.dtype)(reinterpret_cast<const std::byte*>(from),
                                             memory[to.slot] + first * (bits(to.dtype) / 8), count);
    }

    /// out = Sᵀ x.
    void read_state(const float* state, const float* x, float* out) const {
        std::fill_n(out, r_.v_size, 0.0F);
        for (std::int64_t i = 0; i < r_.k_size; ++i) {
            for (std::int64_t j = 0; j < r_.v_size; ++j) {
                out[j] += x[i] * state[i * r_.v_size + j];
            }
        }
    }

    void fade(const Memory& memory, std::int64_t position, std::int64_t h, std::byte* scratch) const {
        float* rates = at(scratch, decay_);
        if (r_.decays == r_.kv_heads) {
            load(memory, *places_.decay, position * r_.kv_heads + h, 1, rates);
            std::fill_n(rates, r_.k_size, std::exp(rates[0]));
        } else {
            load(memory, *places_.decay, (position * r_.kv_heads + h) * r_.k_size, r_.k_size, rates);
            std::transform(rates, rates + r_.k_size, rates, [](float x) { return std::exp(x); });
        }
        float* state = at(scratch, state_);
        for (std::int64_t i = 0; i < r_.k_size; ++i) {
            float* row = state + i * r_.v_size;
            std::transform(row, row + r_.v_size, row, [rate = rates[i]](float x) { return x * rate; });
        }
    }

    /// `position` counts through all batches.
    void update(const Memory& memory, std::int64_t position, std::int64_t h, std::byte* scratch) const {
        float* state = at(scratch, state_);
        float* key = at(scratch, key_);
        float* value = at(scratch, value_);
        const std::int64_t row = position * r_.kv_heads + h;
        load(memory, places_.key, row * r_.k_size, r_.k_size, key);
        load(memory, places_.value, row * r_.v_size, r_.v_size, value);
        if (r_.gated) {
            fade(memory, position, h, scratch);
        }
        if (r_.corrects) {
            float rate = 0;
            load(memory, *places_.beta, r_.betas == 1 ? position : row, 1, &rate);
            float* read = at(scratch, read_);
            read_state(state, key, read);
            std::transform(value, value + r_.v_size, read, value, [rate](float v, float s) { return rate * (v - s); });
        }
        for (std::int64_t i = 0; i < r_.k_size; ++i) {
            for (std::int64_t j = 0; j < r_.v_size; ++j) {
                state[i * r_.v_size + j] += key[i] * value[j];
            }
        }
    }

    void answer(const Memory& memory, std::int64_t row, std::byte* scratch) const {
        float* q = at(scratch, query_);
        float* read = at(scratch, read_);
        load(memory, places_.query, row * r_.k_size, r_.k_size, q);
        read_state(at(scratch, state_), q, read);
        std::transform(read, read + r_.v_size, read, [this](float x) { return r_.scale * x; });
        store(memory, read, r_.v_size, *places_.result, row * r_.v_size);
    }

    Recurrence r_;
    Places places_;
    ScratchLayout layout_;
    std::size_t state_;
    std::size_t query_;
    std::size_t key_;
    std::size_t decay_;
    std::size_t value_;
    std::size_t read_;
};

void lower(LowerContext& context) {
    Recurrence recurrence = recurrence_of(context.node(), context.shape(query), context.shape(value));
    std::vector<Slot> reads;
    std::vector<Slot> writes;
    const auto input = [&](Input index) {
        reads.push_back(context.input(index));
        return Place{reads.back(), context.dtype(index)};
    };
    const auto optional_input = [&](Input index) {
        return context.has_input(index) ? std::optional(input(index)) : std::nullopt;
    };
    const auto optional_output = [&](Output index) -> std::optional<Place> {
        if (!context.has_output(index)) {
            return std::nullopt;
        }
        writes.push_back(context.output(index));
        return Place{writes.back(), context.output_dtype(index)};
    };
    const Places places{input(query),
                        input(key),
                        input(value),
                        optional_input(past_state),
                        optional_input(decay),
                        optional_input(beta),
                        optional_output(result),
                        optional_output(present_state)};
    recurrence.decays = recurrence.gated ? context.shape(decay)[2] : 0;
    recurrence.betas = recurrence.corrects ? context.shape(beta)[2] : 0;

    const Kernel kernel(recurrence, places);
    const std::int64_t heads = recurrence.kv_heads;
    const std::int64_t items = recurrence.batch * heads;
    const std::int64_t reads_of_state = 3 + recurrence.q_heads / heads;
    const std::int64_t item_work = checked_multiply(checked_multiply(recurrence.k_size, recurrence.v_size),
                                                    checked_multiply(recurrence.length, 2 * reads_of_state));
    const std::int64_t slices = slices_for(items, item_work);
    auto step = std::make_unique<ScratchStep>("linear_attention", slices, kernel.scratch_bytes(),
                                              [=](const Memory& memory, std::int64_t slice, std::byte* scratch) {
                                                  const Range range = slice_range(items, slices, slice);
                                                  for (std::int64_t i = range.begin; i < range.end; ++i) {
                                                      kernel.run(memory, i / heads, i % heads, scratch);
                                                  }
                                              });
    step->reads = std::move(reads);
    step->writes = std::move(writes);
    step->work = checked_multiply(items, item_work);
    context.add(std::move(step));
}

const Registration linear_attention{{"", "LinearAttention", 3, 6, 2, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
