// SPDX-License-Identifier: Apache-2.0
#include "kernels/reduce.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>
#include <utility>

#include "kernels/arithmetic.h"
#include "kernels/visit_dtype.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

template <typename T>
struct Wide {
    using Type = double;
};
template <std::integral T>
struct Wide<T> {
    using Type = T;
};

/// The type in which a sum of T is computed.
template <typename T>
using WideOf = typename Wide<T>::Type;

/// Any element as a number that C++ can compute with.
template <typename T>
auto number(T x) {
    if constexpr (std::is_arithmetic_v<T>) {
        return x;
    } else {
        return static_cast<float>(x);
    }
}

template <typename T>
using NumberOf = decltype(number(T{}));

struct SumRule {
    template <typename T>
    using Total = WideOf<T>;
    template <typename A>
    static A start() {
        return 0;
    }
    template <typename A>
    static A merged(A a, A b) {
        return Add()(a, b);
    }
    template <typename A>
    static A added(A total, A x) {
        return Add()(total, x);
    }
};

struct MagnitudeRule : SumRule {
    template <typename A>
    static A added(A total, A x) {
        return Add()(total, x < A{0} ? Sub()(A{0}, x) : x);
    }
};

struct SquareRule : SumRule {
    template <typename A>
    static A added(A total, A x) {
        return Add()(total, Mul()(x, x));
    }
};

struct ProductRule {
    template <typename T>
    using Total = WideOf<T>;
    template <typename A>
    static A start() {
        return 1;
    }
    template <typename A>
    static A merged(A a, A b) {
        return Mul()(a, b);
    }
    template <typename A>
    static A added(A total, A x) {
        return Mul()(total, x);
    }
};

template <bool largest>
struct ExtremumRule {
    template <typename T>
    using Total = NumberOf<T>;
    template <typename A>
    static A start() {
        using Limits = std::numeric_limits<A>;
        if constexpr (Limits::has_infinity) {
            return largest ? -Limits::infinity() : Limits::infinity();
        } else {
            return largest ? Limits::lowest() : Limits::max();
        }
    }
    template <typename A>
    static A merged(A a, A b) {
        return added(a, b);
    }
    template <typename A>
    static A added(A total, A x) {
        const bool better = largest ? x > total : x < total;
        const bool undefined = x != x;
        return better || undefined ? x : total;
    }
};

/// log Σ exp x as max + log Σ exp(x − max), so that no power is too large.
struct LogSumExpRule {
    struct Powers {
        double max = -std::numeric_limits<double>::infinity();
        double sum = 0;

        Powers() = default;
        explicit Powers(double x) : max(x), sum(x == -std::numeric_limits<double>::infinity() ? 0 : 1) {}
        explicit operator double() const { return std::isinf(max) ? max : max + std::log(sum); }
    };

    template <typename T>
    using Total = Powers;
    template <typename A>
    static A start() {
        return {};
    }
    static Powers merged(Powers a, Powers b) {
        if (a.max < b.max || std::isnan(b.max)) {
            std::swap(a, b);
        }
        if (b.sum != 0 && !std::isinf(a.max)) {
            a.sum += b.sum * std::exp(b.max - a.max);
        }
        return a;
    }
    static Powers added(Powers total, Powers x) { return merged(total, x); }
};

struct Reduction {
    std::vector<ViewAxis> kept;    ///< but the row that the result's tiles are cut from, where columns are folded
    std::vector<ViewAxis> folded;  ///< but `inner`
    ViewAxis inner{1, 1};          ///< the innermost folded axis
    std::int64_t row = 1;          ///< neighbours in the source that are neighbours in the result
    std::int64_t folds = 1;        ///< positions of `folded`
    std::int64_t items = 1;        ///< tiles of the result
    double count = 1;              ///< elements that become one
    Finish finish = Finish::nothing;

    [[nodiscard]] std::int64_t tiles_per_row() const { return (row - 1) / tile + 1; }

    static constexpr std::int64_t tile = 128;
};

/// The nearest T; 0 for NaN where T has none.
template <typename T>
T narrowed(double x) {
    if constexpr (std::integral<T>) {
        constexpr double least = static_cast<double>(std::numeric_limits<T>::lowest());
        constexpr double beyond = static_cast<double>(std::numeric_limits<T>::max() / 2 + 1) * 2;
        if (x >= beyond) {
            return std::numeric_limits<T>::max();
        }
        return x >= least ? static_cast<T>(x) : x < least ? std::numeric_limits<T>::lowest() : T{0};
    } else {
        return static_cast<T>(static_cast<NumberOf<T>>(x));
    }
}

template <typename T, typename A>
T finished(A total, const Reduction& reduction) {
    constexpr bool exact = std::integral<T> && std::integral<A>;
    const auto value = static_cast<double>(total);
    switch (reduction.finish) {
        case Finish::nothing: break;
        case Finish::divide_by_count:
            if constexpr (exact) {
                return reduction.count == 0 ? T{0} : Div()(total, narrowed<T>(reduction.count));
            } else {
                return narrowed<T>(value / reduction.count);
            }
        case Finish::logarithm: return narrowed<T>(std::log(value));
        case Finish::square_root: return narrowed<T>(std::sqrt(value));
    }
    if constexpr (exact) {
        return total;
    } else {
        return narrowed<T>(value);
    }
}

template <typename A, typename T>
A widened(T x) {
    if constexpr (std::is_arithmetic_v<A>) {
        return static_cast<A>(number(x));
    } else {
        return A(static_cast<double>(number(x)));
    }
}

/// A row's elements in as many running totals as fill vectors.
template <typename Rule, typename T, typename A>
A fold_row(const T* from, ViewAxis axis, A total) {
    constexpr std::int64_t lanes = 16;
    std::int64_t i = 0;
    if (axis.stride == 1 && axis.size >= 2 * lanes) {
        std::array<A, lanes> totals;
        totals.fill(Rule::template start<A>());
        for (; i + lanes <= axis.size; i += lanes) {
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                totals[lane] = Rule::added(totals[lane], widened<A>(from[i + static_cast<std::int64_t>(lane)]));
            }
        }
        for (const A& part : totals) {
            total = Rule::merged(total, part);
        }
    }
    for (; i < axis.size; ++i) {
        total = Rule::added(total, widened<A>(from[i * axis.stride]));
    }
    return total;
}

/// Tiles [range.begin, range.end) of the result.
template <typename Rule, typename T>
void reduce(const Reduction& reduction, const std::byte* from_bytes, std::byte* to_bytes, Range range) {
    using A = typename Rule::template Total<T>;
    const T* from = reinterpret_cast<const T*>(from_bytes);
    T* to = reinterpret_cast<T*>(to_bytes);
    for (std::int64_t item = range.begin; item < range.end; ++item) {
        const std::int64_t outer = item / reduction.tiles_per_row();
        const std::int64_t first = item % reduction.tiles_per_row() * Reduction::tile;
        const std::int64_t width = std::min(Reduction::tile, reduction.row - first);
        std::array<A, Reduction::tile> totals;
        std::fill_n(totals.begin(), width, Rule::template start<A>());
        const std::int64_t begin = ViewCursor(reduction.kept, first, outer).offset();
        if (reduction.folds > 0) {
            ViewCursor cursor(reduction.folded, begin, 0);
            for (std::int64_t fold = 0; fold < reduction.folds; ++fold) {
                const T* source = from + cursor.offset();
                cursor.next();
                if (reduction.row == 1) {
                    totals[0] = fold_row<Rule>(source, reduction.inner, totals[0]);
                    continue;
                }
                for (std::int64_t i = 0; i < reduction.inner.size; ++i) {
                    for (std::int64_t column = 0; column < width; ++column) {
                        A& total = totals[static_cast<std::size_t>(column)];
                        total = Rule::added(total, widened<A>(source[column]));
                    }
                    source += reduction.inner.stride;
                }
            }
        }
        for (std::int64_t column = 0; column < width; ++column) {
            to[outer * reduction.row + first + column] =
                finished<T>(totals[static_cast<std::size_t>(column)], reduction);
        }
    }
}

using Kernel = void (*)(const Reduction&, const std::byte*, std::byte*, Range);

template <typename Rule>
Kernel arithmetic_kernel(DType dtype) {
    switch (dtype) {
        case DType::float32: return reduce<Rule, float>;
        case DType::float64: return reduce<Rule, double>;
        case DType::float16: return reduce<Rule, Float16>;
        case DType::bfloat16: return reduce<Rule, BFloat16>;
        case DType::int32: return reduce<Rule, std::int32_t>;
        case DType::int64: return reduce<Rule, std::int64_t>;
        case DType::uint32: return reduce<Rule, std::uint32_t>;
        case DType::uint64: return reduce<Rule, std::uint64_t>;
        default: return nullptr;
    }
}

template <bool largest>
Kernel extremum_kernel(DType dtype) {
    // As bytes, true is 1 and false 0.
    Kernel kernel = dtype == DType::boolean ? reduce<ExtremumRule<largest>, std::uint8_t> : nullptr;
    static_cast<void>(visit_numeric(dtype, [&]<typename T>(T) { kernel = reduce<ExtremumRule<largest>, T>; }));
    return kernel;
}

Kernel kernel_of(Fold fold, DType dtype) {
    switch (fold) {
        case Fold::sum: return arithmetic_kernel<SumRule>(dtype);
        case Fold::sum_of_magnitudes: return arithmetic_kernel<MagnitudeRule>(dtype);
        case Fold::sum_of_squares: return arithmetic_kernel<SquareRule>(dtype);
        case Fold::product: return arithmetic_kernel<ProductRule>(dtype);
        case Fold::max: return extremum_kernel<true>(dtype);
        case Fold::min: return extremum_kernel<false>(dtype);
        case Fold::log_of_sum_of_powers: return arithmetic_kernel<LogSumExpRule>(dtype);
    }
    return nullptr;
}

Reduction make_reduction(const ReducedAxes& axes, Finish finish) {
    Reduction reduction{.kept = joined(axes.kept), .folded = joined(axes.folded), .finish = finish};
    reduction.count = static_cast<double>(element_count(reduction.folded));
    if (!reduction.folded.empty()) {
        reduction.inner = reduction.folded.back();
        reduction.folded.pop_back();
    }
    if (!reduction.kept.empty() && reduction.kept.back().stride == 1) {
        reduction.row = reduction.kept.back().size;
        reduction.kept.pop_back();
    }
    reduction.folds = element_count(reduction.folded);
    reduction.items = element_count(reduction.kept) * reduction.tiles_per_row();
    return reduction;
}

}  // namespace

bool reduce_takes(Fold fold, DType dtype) { return kernel_of(fold, dtype) != nullptr; }

std::unique_ptr<Step> make_reduce_step(DType dtype, Fold fold, Finish finish, const ReducedAxes& axes, Slot from,
                                       Slot to) {
    const Kernel kernel = kernel_of(fold, dtype);
    if (kernel == nullptr) {
        fail(ErrorCode::internal, "a reduction of ", name(dtype));
    }
    const Reduction reduction = make_reduction(axes, finish);
    const std::int64_t item_work =
        std::min(reduction.row, Reduction::tile) * (reduction.folds * reduction.inner.size + 1);
    const std::int64_t slices = slices_for(reduction.items, item_work);
    auto step = std::make_unique<FunctionStep>("reduce", slices, [=](const Memory& memory, std::int64_t slice) {
        kernel(reduction, memory[from], memory[to], slice_range(reduction.items, slices, slice));
    });
    step->reads = {from};
    step->writes = {to};
    step->work = reduction.items * item_work;
    return step;
}

}  // namespace onecnn::core
