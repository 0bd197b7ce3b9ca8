// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <limits>
#include <numeric>
#include <utility>

#include "kernels/resize.h"
#include "kernels/visit_dtype.h"
#include "runtime/error.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

/// The nearest integer, ties to even; saturates, and NaN is the least.
template <std::integral T, std::floating_point A>
T round_to(A value) {
    constexpr A least = static_cast<A>(std::numeric_limits<T>::min());
    constexpr A most = static_cast<A>(std::numeric_limits<T>::max());
    // Adding and taking away this rounds: its last bit counts one.
    constexpr A unit = static_cast<A>(std::int64_t{3} << (std::numeric_limits<A>::digits - 2));
    const A rounded = std::abs(value) < unit / 4 ? (value + unit) - unit : value;
    return rounded > least ? (rounded < most ? static_cast<T>(rounded) : std::numeric_limits<T>::max())
                           : std::numeric_limits<T>::min();
}

/// How elements of a dtype are read and written, computing in A.
template <typename A>
struct Access {
    /// sums = or += weight · row
    void (*accumulate)(const std::byte* row, std::int64_t count, A weight, bool onto, A* sums);
    void (*store)(const A* results, std::int64_t count, std::byte* to);
};

template <typename T, typename A>
void accumulate(const std::byte* row, std::int64_t count, A weight, bool onto, A* sums) {
    const auto* elements = reinterpret_cast<const T*>(row);
    if (onto) {
        for (std::int64_t i = 0; i < count; ++i) {
            sums[i] += weight * static_cast<A>(elements[i]);
        }
    } else {
        for (std::int64_t i = 0; i < count; ++i) {
            sums[i] = weight * static_cast<A>(elements[i]);
        }
    }
}

template <typename T, typename A>
void store(const A* results, std::int64_t count, std::byte* to) {
    auto* elements = reinterpret_cast<T*>(to);
    for (std::int64_t i = 0; i < count; ++i) {
        if constexpr (std::integral<T>) {
            elements[i] = round_to<T>(results[i]);
        } else {
            elements[i] = static_cast<T>(results[i]);
        }
    }
}

struct OuterAxis {
    AxisTaps taps;  ///< empty where the axis is kept
    std::int64_t output;
    std::int64_t stride;  ///< of the source, in elements
};

/// A resize as a loop over rows: all of the innermost axis that changes, and what lies inside its elements.
struct Nest {
    std::vector<OuterAxis> outer;  ///< innermost first
    AxisTaps inner;
    std::int64_t input = 1;  ///< elements of `inner`
    std::int64_t output = 1;
    std::int64_t chunk = 1;  ///< elements that lie inside an element of `inner`
    std::int64_t rows = 1;
    bool mixes_rows = false;  ///< whether a row is made of more than one row of the source
};

Nest make_nest(const std::vector<ResizedAxis>& axes, const Interpolation& interpolation) {
    std::size_t inner = axes.size() - 1;
    Nest nest;
    while (inner > 0 && axes[inner].is_kept()) {
        nest.chunk *= axes[inner--].input;
    }
    nest.inner = interpolation_taps(axes[inner], interpolation);
    nest.input = axes[inner].input;
    nest.output = axes[inner].output;
    std::int64_t stride = nest.input * nest.chunk;
    for (std::size_t i = inner; i-- > 0;) {
        const bool kept = axes[i].is_kept();
        nest.outer.push_back({kept ? AxisTaps{} : interpolation_taps(axes[i], interpolation), axes[i].output, stride});
        nest.mixes_rows = nest.mixes_rows || !kept;
        nest.rows *= axes[i].output;
        stride *= axes[i].input;
    }
    return nest;
}

std::size_t table_bytes(const Nest& nest) {
    const auto of = [](const AxisTaps& taps) {
        return taps.first.size() * 2 * sizeof(std::int64_t) + taps.weights.size() * sizeof(float);
    };
    std::size_t bytes = of(nest.inner);
    for (const OuterAxis& axis : nest.outer) {
        bytes += of(axis.taps);
    }
    return bytes;
}

/// A result that is a chunk of elements: their weighted sum.
template <typename A>
void sum_chunks(const A* elements, const float* weights, std::int64_t count, std::int64_t chunk, A* sums) {
    const auto first = static_cast<A>(weights[0]);
    for (std::int64_t c = 0; c < chunk; ++c) {
        sums[c] = first * elements[c];
    }
    for (std::int64_t t = 1; t < count; ++t) {
        const auto weight = static_cast<A>(weights[t]);
        elements += chunk;
        for (std::int64_t c = 0; c < chunk; ++c) {
            sums[c] += weight * elements[c];
        }
    }
}

/// results = Σ weights · row along the inner axis.
template <typename A>
void interpolate_row(const Nest& nest, const A* row, A value, A* results) {
    const AxisTaps& taps = nest.inner;
    const std::int64_t chunk = nest.chunk;
    const float* weights = taps.weights.data();
    for (std::size_t i = 0; i < taps.first.size(); ++i, weights += taps.most, results += chunk) {
        const std::int64_t count = taps.count[i];
        const A* elements = row + taps.first[i] * chunk;
        if (count == 0) {
            std::fill_n(results, chunk, value);
        } else if (chunk > 1) {
            sum_chunks(elements, weights, count, chunk, results);
        } else if (count == 2) {
            *results = static_cast<A>(weights[0]) * elements[0] + static_cast<A>(weights[1]) * elements[1];
        } else {
            *results = std::inner_product(elements, elements + count, weights, A{0});
        }
    }
}

/// Computes in A: float, or double where float would not hold the elements.
template <typename A>
class InterpolationStep final : public Step {
public:
    InterpolationStep(DType dtype, Nest nest, const Access<A>& access, A value, Slot from, Slot to)
        : nest_(std::move(nest)),
          access_(access),
          element_bytes_(bits(dtype) / 8),
          is_computed_type_(dtype == dtype_of<A>),
          value_(value),
          from_(from),
          to_(to) {
        const std::int64_t row_work = 2 * (input_row() + output_row() * nest_.inner.most);
        slices_ = slices_for(nest_.rows, row_work);
        reads = {from};
        writes = {to};
        work = nest_.rows * row_work;
        held_bytes += table_bytes(nest_);
    }

    [[nodiscard]] std::string_view implementation() const override { return "interpolate"; }
    [[nodiscard]] std::int64_t slice_count() const override { return slices_; }
    [[nodiscard]] std::size_t scratch_bytes() const override {
        return static_cast<std::size_t>(input_row() + (is_computed_type_ ? 0 : output_row())) * sizeof(A);
    }

    void run(const Memory& memory, StepState*, std::int64_t slice, std::byte* scratch) const override {
        A* const blend = reinterpret_cast<A*>(scratch);
        const Range range = slice_range(nest_.rows, slices_, slice);
        for (std::int64_t row = range.begin; row < range.end; ++row) {
            std::byte* const to = memory[to_] + row * output_row() * element_bytes_;
            A* const results = is_computed_type_ ? reinterpret_cast<A*>(to) : blend + input_row();
            const A* const source = blended(memory[from_], row, blend);
            if (source == nullptr) {
                std::fill_n(results, output_row(), value_);
            } else {
                interpolate_row(nest_, source, value_, results);
            }
            if (!is_computed_type_) {
                access_.store(results, output_row(), to);
            }
        }
    }

private:
    [[nodiscard]] std::int64_t input_row() const { return nest_.input * nest_.chunk; }
    [[nodiscard]] std::int64_t output_row() const { return nest_.output * nest_.chunk; }

    /// The source's rows, interpolated along all axes but the inner one; null where a row is extrapolated.
    [[nodiscard]] const A* blended(const std::byte* from, std::int64_t row, A* blend) const {
        std::array<std::int64_t, max_rank> at{};
        std::int64_t kept_offset = 0;
        for (std::size_t i = 0; i < nest_.outer.size(); ++i) {
            const OuterAxis& axis = nest_.outer[i];
            at[i] = row % axis.output;
            row /= axis.output;
            if (axis.taps.most == 0) {
                kept_offset += at[i] * axis.stride;
            } else if (axis.taps.count[static_cast<std::size_t>(at[i])] == 0) {
                return nullptr;
            }
        }
        if (!nest_.mixes_rows && is_computed_type_) {
            return reinterpret_cast<const A*>(from) + kept_offset;
        }
        bool onto = false;
        add_rows(from, at, 0, kept_offset, 1, onto, blend);
        return blend;
    }

    /// Adds the rows under the taps of the axes from `axis` on.
    void add_rows(const std::byte* from, const std::array<std::int64_t, max_rank>& at, std::size_t axis,
                  std::int64_t offset, A weight, bool& onto, A* blend) const {
        while (axis < nest_.outer.size() && nest_.outer[axis].taps.most == 0) {
            ++axis;
        }
        if (axis == nest_.outer.size()) {
            access_.accumulate(from + offset * element_bytes_, input_row(), weight, onto, blend);
            onto = true;
            return;
        }
        const OuterAxis& outer = nest_.outer[axis];
        const auto result = static_cast<std::size_t>(at[axis]);
        const float* weights = outer.taps.weights.data() + result * static_cast<std::size_t>(outer.taps.most);
        for (std::int64_t t = 0; t < outer.taps.count[result]; ++t) {
            add_rows(from, at, axis + 1, offset + (outer.taps.first[result] + t) * outer.stride,
                     weight * static_cast<A>(weights[t]), onto, blend);
        }
    }

    Nest nest_;
    Access<A> access_;
    std::int64_t element_bytes_;
    bool is_computed_type_;
    A value_;
    Slot from_;
    Slot to_;
    std::int64_t slices_;
};

}  // namespace

std::unique_ptr<Step> make_interpolation_step(DType dtype, const std::vector<ResizedAxis>& axes,
                                              const Interpolation& interpolation, float extrapolation_value, Slot from,
                                              Slot to) {
    std::unique_ptr<Step> step;
    const bool numeric = visit_numeric(dtype, [&]<typename T>(T) {
        constexpr bool fits_float = sizeof(T) <= 2 || std::same_as<T, float>;
        using A = std::conditional_t<fits_float, float, double>;
        step = std::make_unique<InterpolationStep<A>>(dtype, make_nest(axes, interpolation),
                                                      Access<A>{&accumulate<T, A>, &store<T, A>},
                                                      static_cast<A>(extrapolation_value), from, to);
    });
    if (!numeric) {
        fail(ErrorCode::unsupported_operator, "a tensor of ", name(dtype), " cannot be interpolated");
    }
    return step;
}

}  // namespace onecnn::core
