// SPDX-License-Identifier: Apache-2.0
#include "kernels/top_k.h"

#include <algorithm>
#include <bit>
#include <concepts>
#include <limits>
#include <type_traits>

#include "kernels/scratch_step.h"
#include "kernels/visit_dtype.h"
#include "kernels/visit_element_size.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

/// An unsigned integer that orders as the number does, so that one sort serves all types.
template <typename T>
std::uint64_t sort_key(T x) {
    if constexpr (std::floating_point<T>) {
        using Bits = std::conditional_t<sizeof(T) == sizeof(std::uint64_t), std::uint64_t, std::uint32_t>;
        constexpr Bits sign = Bits{1} << (8 * sizeof(T) - 1);
        const auto bits = std::bit_cast<Bits>(x + T{0});  // −0 is 0
        if (x != x) {
            return std::numeric_limits<std::uint64_t>::max();
        }
        return (bits & sign) != 0 ? static_cast<Bits>(~bits) : bits | sign;
    } else if constexpr (std::signed_integral<T>) {
        return static_cast<std::uint64_t>(std::int64_t{x}) ^ (std::uint64_t{1} << 63);
    } else if constexpr (std::unsigned_integral<T>) {
        return x;
    } else {
        return sort_key(static_cast<float>(x));
    }
}

struct Candidate {
    std::uint64_t key;
    std::int64_t place;

    friend bool operator<(const Candidate& a, const Candidate& b) {
        return a.key != b.key ? a.key > b.key : a.place < b.place;
    }
};

template <typename T>
void collect(const std::byte* bytes, std::int64_t begin, const TopK& top_k, Candidate* candidates) {
    const T* from = reinterpret_cast<const T*>(bytes) + begin;
    for (std::int64_t i = 0; i < top_k.size; ++i) {
        const std::uint64_t key = sort_key(from[i * top_k.inner]);
        candidates[i] = {top_k.largest ? key : ~key, i};
    }
}

template <typename T>
void copy_chosen(const std::byte* from, std::int64_t begin, const TopK& top_k, const Candidate* chosen, std::byte* to,
                 std::int64_t first) {
    for (std::int64_t i = 0; i < top_k.k; ++i) {
        reinterpret_cast<T*>(to)[first + i * top_k.inner] =
            reinterpret_cast<const T*>(from)[begin + chosen[i].place * top_k.inner];
    }
}

/// Brings the best k to the front, sorted.
void choose_best(Candidate* candidates, const TopK& top_k) {
    if (top_k.k <= top_k.size / 8) {  // few fit among the best so far: nearly all cost one comparison
        std::partial_sort(candidates, candidates + top_k.k, candidates + top_k.size);
    } else {
        std::nth_element(candidates, candidates + top_k.k - 1, candidates + top_k.size);
        std::sort(candidates, candidates + top_k.k);
    }
}

}  // namespace

std::unique_ptr<Step> make_top_k_step(DType dtype, const TopK& top_k, Slot from, std::optional<Slot> values,
                                      std::optional<Slot> places) {
    decltype(&collect<float>) collect_all = nullptr;
    decltype(&copy_chosen<float>) copy_values = nullptr;
    if (!visit_numeric(dtype, [&]<typename T>(T) { collect_all = collect<T>; })) {
        fail(ErrorCode::internal, "top_k of ", name(dtype));
    }
    visit_element_size(dtype, [&]<typename T>(T) { copy_values = copy_chosen<T>; });
    const std::int64_t rows = top_k.outer * top_k.inner;
    const std::int64_t row_work = 16 * top_k.size;
    const std::int64_t slices = slices_for(rows, row_work);
    ScratchLayout scratch_layout;
    static_cast<void>(scratch_layout.take<Candidate>(top_k.size));
    auto body = [=](const Memory& memory, std::int64_t slice, std::byte* scratch) {
        auto* candidates = reinterpret_cast<Candidate*>(scratch);
        const Range range = slice_range(rows, slices, slice);
        for (std::int64_t row = range.begin; row < range.end; ++row) {
            const std::int64_t outer = row / top_k.inner;
            const std::int64_t column = row % top_k.inner;
            const std::int64_t begin = outer * top_k.size * top_k.inner + column;
            const std::int64_t first = outer * top_k.k * top_k.inner + column;
            collect_all(memory[from], begin, top_k, candidates);
            choose_best(candidates, top_k);
            if (values) {
                copy_values(memory[from], begin, top_k, candidates, memory[*values], first);
            }
            if (places) {
                for (std::int64_t i = 0; i < top_k.k; ++i) {
                    memory.at<std::int64_t>(*places)[first + i * top_k.inner] = candidates[i].place;
                }
            }
        }
    };
    auto step = std::make_unique<ScratchStep>("top_k", slices, scratch_layout.bytes(), std::move(body));
    step->reads = {from};
    for (const auto& slot : {values, places}) {
        if (slot) {
            step->writes.push_back(*slot);
        }
    }
    step->work = rows * row_work;
    return step;
}

}  // namespace onecnn::core
