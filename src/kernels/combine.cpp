// SPDX-License-Identifier: Apache-2.0
#include "kernels/combine.h"

#include <algorithm>

#include "kernels/arithmetic.h"
#include "kernels/by_float.h"
#include "kernels/visit_dtype.h"
#include "kernels/visit_element_size.h"

namespace onecnn::core {

namespace {

template <typename T>
void replace(const std::byte* from, std::byte* to, std::int64_t count) {
    std::copy_n(reinterpret_cast<const T*>(from), count, reinterpret_cast<T*>(to));
}

template <typename Operation, typename T>
void combine(const std::byte* from, std::byte* to, std::int64_t count) {
    T* result = reinterpret_cast<T*>(to);
    std::transform(result, result + count, reinterpret_cast<const T*>(from), result, ByFloat<Operation>());
}

template <typename Operation>
Combine numeric_function(DType dtype) {
    Combine function = nullptr;
    static_cast<void>(visit_numeric(dtype, [&]<typename T>(T) { function = combine<Operation, T>; }));
    return function;
}

}  // namespace

std::optional<Combination> combination(std::string_view name) {
    if (name == "none") {
        return Combination::replace;
    }
    if (name == "add") {
        return Combination::add;
    }
    if (name == "mul") {
        return Combination::mul;
    }
    if (name == "max") {
        return Combination::max;
    }
    if (name == "min") {
        return Combination::min;
    }
    return std::nullopt;
}

Combine combine_function(Combination combination, DType dtype) {
    const bool is_bool = dtype == DType::boolean;
    switch (combination) {
        case Combination::replace: {
            Combine function = nullptr;
            visit_element_size(dtype, [&]<typename T>(T) { function = replace<T>; });
            return function;
        }
        case Combination::add:
            if (!is_bool) {
                return numeric_function<Add>(dtype);
            }
            [[fallthrough]];
        case Combination::max: return is_bool ? combine<Max, std::uint8_t> : numeric_function<Max>(dtype);
        case Combination::mul:
            if (!is_bool) {
                return numeric_function<Mul>(dtype);
            }
            [[fallthrough]];
        case Combination::min: return is_bool ? combine<Min, std::uint8_t> : numeric_function<Min>(dtype);
    }
    return nullptr;
}

}  // namespace onecnn::core
