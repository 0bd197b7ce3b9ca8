// SPDX-License-Identifier: Apache-2.0
#include "kernels/normalization.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include "kernels/float16.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

/// Elements that are computed with at a time.
constexpr std::int64_t block = 512;
template <typename A>
using Block = std::array<A, block>;

template <typename A>
using Load = void (*)(const std::byte* from, std::int64_t stride, std::int64_t count, A* to);
template <typename A>
using Store = void (*)(const A* from, std::int64_t stride, std::int64_t count, std::byte* to);

/// By way of which an element becomes an A, and back: halves have no other conversion than that of float.
template <typename T>
using Between = std::conditional_t<std::same_as<T, double>, double, float>;

template <typename T, typename A>
void load(const std::byte* from, std::int64_t stride, std::int64_t count, A* to) {
    const auto* elements = reinterpret_cast<const T*>(from);
    if (stride == 0) {
        std::fill_n(to, count, static_cast<A>(static_cast<Between<T>>(*elements)));
    } else if (stride == 1) {
        for (std::int64_t i = 0; i < count; ++i) {
            to[i] = static_cast<A>(static_cast<Between<T>>(elements[i]));
        }
    } else {
        for (std::int64_t i = 0; i < count; ++i) {
            to[i] = static_cast<A>(static_cast<Between<T>>(elements[i * stride]));
        }
    }
}

template <typename T, typename A>
void store(const A* from, std::int64_t stride, std::int64_t count, std::byte* to) {
    auto* elements = reinterpret_cast<T*>(to);
    if (stride == 1) {
        for (std::int64_t i = 0; i < count; ++i) {
            elements[i] = static_cast<T>(static_cast<Between<T>>(from[i]));
        }
    } else {
        for (std::int64_t i = 0; i < count; ++i) {
            elements[i * stride] = static_cast<T>(static_cast<Between<T>>(from[i]));
        }
    }
}

/// A tensor of any floating-point dtype, read and written as A.
template <typename A>
struct Access {
    Slot slot;
    std::int64_t bytes;  ///< of an element
    bool holds_a;
    Load<A> load;
    Store<A> store;

    /// Elements one after another: where they lie, or in `buffer`.
    const A* read(const Memory& memory, std::int64_t offset, std::int64_t stride, std::int64_t count, A* buffer) const {
        const std::byte* from = memory[slot] + offset * bytes;
        if (holds_a && stride == 1) {
            return reinterpret_cast<const A*>(from);
        }
        load(from, stride, count, buffer);
        return buffer;
    }
    void write(const Memory& memory, std::int64_t offset, std::int64_t stride, std::int64_t count,
               const A* from) const {
        store(from, stride, count, memory[slot] + offset * bytes);
    }
};

template <typename A>
Access<A> access(const TypedSlot& tensor) {
    const auto of = [&]<typename T>(T) -> Access<A> {
        return {tensor.slot, static_cast<std::int64_t>(sizeof(T)), std::same_as<T, A>, &load<T, A>, &store<T, A>};
    };
    if constexpr (std::same_as<A, double>) {
        if (tensor.dtype == DType::float64) {
            return of(double{});
        }
    }
    switch (tensor.dtype) {
        case DType::float32: return of(float{});
        case DType::float16: return of(Float16{});
        case DType::bfloat16: return of(BFloat16{});
        default: fail(ErrorCode::internal, "a normalization of ", name(tensor.dtype));
    }
}

template <typename A>
std::optional<Access<A>> access(const std::optional<TypedSlot>& tensor) {
    return tensor ? std::optional(access<A>(*tensor)) : std::nullopt;
}

/// Σ of a function of a block's elements, over lanes that do not wait for one another.
template <typename A, typename Function>
double sum(const A* values, std::int64_t count, const Function& function) {
    constexpr std::int64_t lanes = 16;
    std::array<A, lanes> sums{};
    std::int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        for (std::int64_t lane = 0; lane < lanes; ++lane) {
            sums[static_cast<std::size_t>(lane)] += function(values[i + lane]);
        }
    }
    double total = 0;
    for (const A lane : sums) {
        total += static_cast<double>(lane);
    }
    for (; i < count; ++i) {
        total += static_cast<double>(function(values[i]));
    }
    return total;
}

struct Offsets {
    std::int64_t x = 0;
    std::int64_t scale = 0;
    std::int64_t bias = 0;
};

std::int64_t count_of(const std::vector<NormalizationAxis>& axes) {
    std::int64_t count = 1;
    for (const auto& axis : axes) {
        count = checked_multiply(count, axis.size);
    }
    return count;
}

/// The offsets of a row-major index along axes [0, last).
Offsets offsets_at(const std::vector<NormalizationAxis>& axes, std::size_t last, std::int64_t index, Offsets from) {
    for (std::size_t i = last; i-- > 0;) {
        const std::int64_t at = index % axes[i].size;
        from.x += at * axes[i].stride;
        from.scale += at * axes[i].scale;
        from.bias += at * axes[i].bias;
        index /= axes[i].size;
    }
    return from;
}

template <typename A>
class NormalizationStep final : public Step {
public:
    NormalizationStep(Normalization normalization, const NormalizationSlots& slots)
        : what_(std::move(normalization)),
          src_(access<A>(slots.src)),
          scale_(access<A>(slots.scale)),
          bias_(access<A>(slots.bias)),
          dst_(access<A>(slots.dst)),
          mean_(access<A>(slots.mean)),
          inverse_deviation_(access<A>(slots.inverse_deviation)) {
        if (what_.reduced.empty()) {
            what_.reduced.push_back({1, 1});
        }
        rows_ = count_of(what_.kept);
        size_ = count_of(what_.reduced);
        runs_ = size_ == 0 ? 0 : size_ / what_.reduced.back().size;
        const std::int64_t row_work = checked_multiply(size_, 8);
        slices_ = slices_for(rows_, row_work);
        work = checked_multiply(rows_, row_work);
        reads = {src_.slot};
        for (const auto& parameter : {scale_, bias_}) {
            if (parameter) {
                reads.push_back(parameter->slot);
            }
        }
        writes = {dst_.slot};
        for (const auto& statistic : {mean_, inverse_deviation_}) {
            if (statistic) {
                writes.push_back(statistic->slot);
            }
        }
    }

    [[nodiscard]] std::string_view implementation() const override { return "normalize"; }
    [[nodiscard]] std::int64_t slice_count() const override { return slices_; }

    void run(const Memory& memory, StepState*, std::int64_t slice, std::byte*) const override {
        const Range range = slice_range(rows_, slices_, slice);
        for (std::int64_t row = range.begin; row < range.end; ++row) {
            const Offsets start = offsets_at(what_.kept, what_.kept.size(), row, {});
            const A mean =
                is_centred() ? static_cast<A>(sum_of(memory, start, [](A x) { return x; }) / static_cast<double>(size_))
                             : A{0};
            const auto inverse = static_cast<A>(1 / divisor(memory, start, mean));
            write_row(memory, start, mean, inverse);
            if (mean_) {
                mean_->write(memory, row, 1, 1, &mean);
            }
            if (inverse_deviation_) {
                inverse_deviation_->write(memory, row, 1, 1, &inverse);
            }
        }
    }

private:
    [[nodiscard]] bool is_centred() const {
        return what_.statistic == RowStatistic::standard || what_.statistic == RowStatistic::standard_outside;
    }

    /// Calls `function(offsets, count)` for a row's blocks; along each, all move by the innermost axis's strides.
    template <typename Function>
    void for_each_block(Offsets start, const Function& function) const {
        const NormalizationAxis& inner = what_.reduced.back();
        for (std::int64_t run = 0; run < runs_; ++run) {
            const Offsets first = offsets_at(what_.reduced, what_.reduced.size() - 1, run, start);
            for (std::int64_t i = 0; i < inner.size; i += block) {
                function(
                    Offsets{first.x + i * inner.stride, first.scale + i * inner.scale, first.bias + i * inner.bias},
                    std::min(block, inner.size - i));
            }
        }
    }

    template <typename Function>
    double sum_of(const Memory& memory, Offsets start, const Function& function) const {
        double total = 0;
        for_each_block(start, [&](Offsets at, std::int64_t count) {
            Block<A> buffer;
            total += sum(src_.read(memory, at.x, what_.reduced.back().stride, count, buffer.data()), count, function);
        });
        return total;
    }

    double divisor(const Memory& memory, Offsets start, A mean) const {
        if (what_.statistic == RowStatistic::l1) {
            const double norm = sum_of(memory, start, [](A x) { return std::abs(x); });
            return norm == 0 ? 1 : norm;
        }
        const double squares = sum_of(memory, start, [mean](A x) { return (x - mean) * (x - mean); });
        const double mean_square = squares / static_cast<double>(size_);
        switch (what_.statistic) {
            case RowStatistic::l2: return squares == 0 ? 1 : std::sqrt(squares);
            case RowStatistic::standard_outside: return std::sqrt(mean_square) + what_.epsilon;
            default: return std::sqrt(mean_square + what_.epsilon);
        }
    }

    void write_row(const Memory& memory, Offsets start, A mean, A inverse) const {
        const NormalizationAxis& inner = what_.reduced.back();
        for_each_block(start, [&](Offsets at, std::int64_t count) {
            Block<A> values;
            Block<A> buffer;
            const A* x = src_.read(memory, at.x, inner.stride, count, buffer.data());
            std::transform(x, x + count, values.data(), [=](A value) { return (value - mean) * inverse; });
            if (scale_) {
                const A* scale = scale_->read(memory, at.scale, inner.scale, count, buffer.data());
                std::transform(scale, scale + count, values.data(), values.data(), std::multiplies<A>());
            }
            if (bias_) {
                const A* bias = bias_->read(memory, at.bias, inner.bias, count, buffer.data());
                std::transform(bias, bias + count, values.data(), values.data(), std::plus<A>());
            }
            dst_.write(memory, at.x, inner.stride, count, values.data());
        });
    }

    Normalization what_;
    Access<A> src_;
    std::optional<Access<A>> scale_;
    std::optional<Access<A>> bias_;
    Access<A> dst_;
    std::optional<Access<A>> mean_;
    std::optional<Access<A>> inverse_deviation_;
    std::int64_t rows_;
    std::int64_t size_;
    std::int64_t runs_;
    std::int64_t slices_;
};

}  // namespace

void append_axis(std::vector<NormalizationAxis>& axes, const NormalizationAxis& axis) {
    if (axis.size == 1) {
        return;
    }
    if (!axes.empty()) {
        NormalizationAxis& last = axes.back();
        if (last.stride == axis.size * axis.stride && last.scale == axis.size * axis.scale &&
            last.bias == axis.size * axis.bias) {
            last = {last.size * axis.size, axis.stride, axis.scale, axis.bias};
            return;
        }
    }
    axes.push_back(axis);
}

bool normalization_takes(DType dtype) {
    return dtype == DType::float32 || dtype == DType::float64 || dtype == DType::float16 || dtype == DType::bfloat16;
}

std::unique_ptr<Step> make_normalization_step(Normalization normalization, const NormalizationSlots& slots) {
    const auto is_double = [](const std::optional<TypedSlot>& tensor) {
        return tensor && tensor->dtype == DType::float64;
    };
    if (is_double(slots.src) || is_double(slots.scale) || is_double(slots.bias) || is_double(slots.dst)) {
        return std::make_unique<NormalizationStep<double>>(std::move(normalization), slots);
    }
    return std::make_unique<NormalizationStep<float>>(std::move(normalization), slots);
}

}  // namespace onecnn::core
