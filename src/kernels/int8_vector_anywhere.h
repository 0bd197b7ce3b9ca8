// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace onecnn::core {

namespace {

/// Eight sums in plain C++.
struct PlainInt8 {
    static constexpr int width = 8;
    static constexpr int joined = 0;
    static constexpr bool splits_excess = false;
    /// Sums, or quads of bytes that are yet to be multiplied.
    struct V {
        std::uint32_t at[width];
    };
    struct F {
        float at[width];
    };

    static V load(const std::int32_t* x) { return copy<V>(x); }
    static V load(const std::int8_t* block) { return copy<V>(block); }
    static void store(std::int32_t* x, V v) { __builtin_memcpy(x, &v, sizeof v); }
    static F load(const float* x) { return copy<F>(x); }
    static V broadcast_quad(const std::uint8_t* x) {
        std::int32_t quad;
        __builtin_memcpy(&quad, x, sizeof quad);
        return broadcast(quad);
    }
    static V broadcast(std::int32_t x) {
        return each<V>([&](int) { return static_cast<std::uint32_t>(x); });
    }
    static F broadcast(float x) {
        return each<F>([&](int) { return x; });
    }
    static V dot(V sum, V a, V b) {
        return each<V>([&](int i) {
            std::uint8_t left[4];
            std::int8_t right[4];
            __builtin_memcpy(left, &a.at[i], sizeof left);
            __builtin_memcpy(right, &b.at[i], sizeof right);
            std::uint32_t total = sum.at[i];
            for (int j = 0; j < 4; ++j) {
                total += static_cast<std::uint32_t>(left[j] * right[j]);
            }
            return total;
        });
    }
    static V multiply_add(V sum, V x, V w) {
        return each<V>([&](int i) { return sum.at[i] + x.at[i] * w.at[i]; });
    }
    static V add(V a, V b) {
        return each<V>([&](int i) { return a.at[i] + b.at[i]; });
    }
    static F to_float(V x) {
        return each<F>([&](int i) { return static_cast<float>(static_cast<std::int32_t>(x.at[i])); });
    }
    /// Of values within ±2²².
    static V to_nearest(F x) {
        return each<V>([&](int i) {
            constexpr float whole = 0x1.8p23F;
            return static_cast<std::uint32_t>(static_cast<std::int32_t>((x.at[i] + whole) - whole));
        });
    }
    static F mul(F a, F b) {
        return each<F>([&](int i) { return a.at[i] * b.at[i]; });
    }
    static F div(F a, F b) {
        return each<F>([&](int i) { return a.at[i] / b.at[i]; });
    }
    static F fma(F a, F b, F c) {
        return each<F>([&](int i) { return __builtin_fmaf(a.at[i], b.at[i], c.at[i]); });
    }
    /// `low` for NaN.
    static F clamp(F x, F low, F high) {
        return each<F>([&](int i) {
            const float above = x.at[i] > low.at[i] ? x.at[i] : low.at[i];
            return above < high.at[i] ? above : high.at[i];
        });
    }
    static V widen(const std::uint8_t* x, std::int64_t count) { return widen(x, count, 0); }
    static V widen(const std::uint8_t* x, std::int64_t count, std::uint8_t flip) {
        return each<V>([&](int i) { return i < count ? static_cast<std::uint32_t>(x[i] ^ flip) : 0U; });
    }
    static void narrow(std::uint8_t* x, V v, std::int64_t count, std::uint8_t flip) {
        for (int i = 0; i < width && i < count; ++i) {
            x[i] = static_cast<std::uint8_t>(v.at[i] ^ flip);
        }
    }
    /// Stores sums within a byte, the first of each, then the second.
    static void store_triples(std::uint8_t* x, V a, V b, V c, std::uint8_t flip) {
        for (int i = 0; i < width; ++i) {
            *x++ = static_cast<std::uint8_t>(a.at[i] ^ flip);
            *x++ = static_cast<std::uint8_t>(b.at[i] ^ flip);
            *x++ = static_cast<std::uint8_t>(c.at[i] ^ flip);
        }
    }

private:
    template <typename Result, typename Function>
    static Result each(const Function& function) {
        Result result;
        for (int i = 0; i < width; ++i) {
            result.at[i] = function(i);
        }
        return result;
    }

    template <typename Result, typename From>
    static Result copy(const From* from) {
        Result result;
        __builtin_memcpy(&result, from, sizeof result);
        return result;
    }
};

}  // namespace

}  // namespace onecnn::core
