// SPDX-License-Identifier: Apache-2.0
#include "kernels/convert.h"

#include <concepts>
#include <limits>
#include <type_traits>

#include "kernels/boolean.h"
#include "kernels/visit_dtype.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

template <typename T>
concept HalfFloat = std::same_as<T, Float16> || std::same_as<T, BFloat16>;

/// A float cut towards 0, and the least I for what does not fit. The comparison chooses a float so that it vectorises.
template <std::signed_integral I, std::floating_point F>
I cut(F value) {
    constexpr auto least = static_cast<F>(std::numeric_limits<I>::min());
    const F inside = value >= least && value < -least ? value : least;
    return static_cast<I>(inside);
}

template <std::integral I, std::floating_point F>
I to_integer(F value) {
    if constexpr (std::same_as<I, std::uint64_t>) {
        constexpr F half = static_cast<F>(0x1p63);
        return value >= half ? static_cast<I>(cut<std::int64_t>(value - half)) ^ (I{1} << 63)
                             : static_cast<I>(cut<std::int64_t>(value));
    } else if constexpr (std::same_as<I, std::int64_t> || std::same_as<I, std::uint32_t>) {
        return static_cast<I>(cut<std::int64_t>(value));
    } else {
        return static_cast<I>(cut<std::int32_t>(value));
    }
}

template <typename To, typename From>
To convert_one(From value) {
    if constexpr (HalfFloat<From>) {
        return convert_one<To>(static_cast<float>(value));
    } else if constexpr (std::same_as<From, Boolean>) {
        return convert_one<To>(static_cast<std::uint8_t>(is_true(value)));
    } else if constexpr (std::same_as<To, Boolean>) {
        return static_cast<Boolean>(value != From{0});
    } else if constexpr (HalfFloat<To>) {
        return To(static_cast<float>(value));
    } else if constexpr (std::integral<To> && std::floating_point<From>) {
        return to_integer<To>(value);
    } else {
        return static_cast<To>(value);
    }
}

template <typename From, typename To>
void convert(const std::byte* from, std::byte* to, std::int64_t count) {
    const auto* source = reinterpret_cast<const From*>(from);
    auto* destination = reinterpret_cast<To*>(to);
    for (std::int64_t i = 0; i < count; ++i) {
        destination[i] = convert_one<To>(source[i]);
    }
}

/// visit_numeric, and bool as Boolean.
template <typename Function>
bool visit_convertible(DType dtype, const Function& function) {
    if (dtype == DType::boolean) {
        function(Boolean{});
        return true;
    }
    return visit_numeric(dtype, function);
}

}  // namespace

namespace {

Convert find_conversion(DType from, DType to) {
    Convert found = nullptr;
    static_cast<void>(visit_convertible(from, [&]<typename From>(From) {
        static_cast<void>(visit_convertible(to, [&]<typename To>(To) { found = &convert<From, To>; }));
    }));
    return found;
}

}  // namespace

bool can_convert(DType from, DType to) { return find_conversion(from, to) != nullptr; }

Convert conversion(DType from, DType to) {
    const Convert found = find_conversion(from, to);
    if (found == nullptr) {
        fail(ErrorCode::internal, "there is no conversion from ", name(from), " to ", name(to));
    }
    return found;
}

}  // namespace onecnn::core
