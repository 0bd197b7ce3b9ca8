// SPDX-License-Identifier: Apache-2.0
#include "kernels/contraction.h"

#include <algorithm>
#include <utility>

#include "kernels/block_product.h"

namespace onecnn::core {

namespace {

/// The axes of some labels with their moves in two tensors, outermost first as the first tensor has them; neighbours that both
/// pass in one go are joined.
std::vector<BroadcastAxis> axes_of(const std::vector<std::int64_t>& sizes, const std::vector<std::size_t>& labels,
                                   const LabelStrides& first, const LabelStrides& second) {
    std::vector<BroadcastAxis> axes;
    for (const std::size_t label : labels) {
        axes.push_back({sizes[label], first[label], second[label]});
    }
    std::ranges::stable_sort(axes, std::ranges::greater(), &BroadcastAxis::a);
    std::vector<BroadcastAxis> joined;
    for (const BroadcastAxis& axis : axes) {
        if (!joined.empty() && joined.back().a == axis.a * axis.size && joined.back().b == axis.b * axis.size) {
            joined.back() = {checked_multiply(joined.back().size, axis.size), axis.a, axis.b};
        } else {
            joined.push_back(axis);
        }
    }
    if (joined.empty()) {
        joined.push_back({1, 0, 0});
    }
    return joined;
}

std::int64_t count_of(const std::vector<BroadcastAxis>& axes) {
    std::int64_t count = 1;
    for (const BroadcastAxis& axis : axes) {
        count = checked_multiply(count, axis.size);
    }
    return count;
}

/// Where element `index` of the axes is in the two tensors.
std::pair<std::int64_t, std::int64_t> place(const std::vector<BroadcastAxis>& axes, std::int64_t index) {
    std::int64_t a = 0;
    std::int64_t b = 0;
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
        a += index % axis->size * axis->a;
        b += index % axis->size * axis->b;
        index /= axis->size;
    }
    return {a, b};
}

/// Calls `function(a, b, index)` for elements [range.begin, range.end) of the axes.
template <typename Function>
void for_each_element(const std::vector<BroadcastAxis>& axes, Range range, const Function& function) {
    for_each_piece(axes, range, [&](std::int64_t a, std::int64_t b, std::int64_t index, std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) {
            function(a + i * axes.back().a, b + i * axes.back().b, index + i);
        }
    });
}

/// A row of `count` elements along the axes' first moves, summed over `summed`.
template <typename T>
void pack_row(const T* from, const std::vector<BroadcastAxis>& axes, std::int64_t count,
              const std::vector<BroadcastAxis>& summed, T* to) {
    std::fill_n(to, count, T{0});
    const std::int64_t stride = axes.back().a;
    for_each_element(summed, {0, element_count(summed)}, [&](std::int64_t skipped, std::int64_t, std::int64_t) {
        for_each_piece(axes, {0, count}, [&](std::int64_t a, std::int64_t, std::int64_t index, std::int64_t length) {
            const T* source = from + skipped + a;
            for (std::int64_t i = 0; i < length; ++i) {
                to[index + i] += source[i * stride];
            }
        });
    });
}

}  // namespace

Contraction::Contraction(const std::vector<std::int64_t>& sizes, const LabelStrides& a, const LabelStrides& b,
                         const LabelStrides& result, bool row_by_row)
    : row_by_row_(row_by_row) {
    const auto labels = [&](bool in_a, bool in_b, bool in_result) {
        std::vector<std::size_t> found;
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            if ((a[i] != 0) == in_a && (b[i] != 0) == in_b && (result[i] != 0) == in_result) {
                found.push_back(i);
            }
        }
        return found;
    };
    const LabelStrides none(sizes.size(), 0);
    // The batch's axes are not joined: the result's are to be the same ones.
    for (const std::size_t label : labels(true, true, true)) {
        batch_.push_back({sizes[label], a[label], b[label]});
        batch_result_.push_back({sizes[label], result[label], 0});
    }
    rows_ = axes_of(sizes, labels(true, false, true), a, result);
    columns_ = axes_of(sizes, labels(false, true, true), b, result);
    inner_ = axes_of(sizes, labels(true, true, false), a, b);
    for (const BroadcastAxis& axis : inner_) {
        inner_b_.push_back({axis.size, axis.b, 0});
    }
    a_summed_ = axes_of(sizes, labels(true, false, false), a, none);
    b_summed_ = axes_of(sizes, labels(false, true, false), b, none);
    batch_count_ = count_of(batch_);
    m_ = count_of(rows_);
    k_ = count_of(inner_);
    n_ = count_of(columns_);
    constexpr std::int64_t least_rows = 16;
    constexpr std::int64_t block_elements = 16 * 1024;
    block_ = std::min(m_, std::max(least_rows, block_elements / std::max(k_, n_)));
    blocks_ = (m_ + block_ - 1) / block_;
    transpose_b_ = columns_.back().a != 1;
}

std::int64_t Contraction::item_work() const {
    const std::int64_t a_reads = checked_multiply(block_, count_of(a_summed_));
    const std::int64_t b_reads = checked_multiply(n_, count_of(b_summed_)) / blocks_;
    const std::int64_t packing = checked_multiply(k_, checked_add(a_reads, b_reads));
    return checked_add(packing, checked_multiply(checked_multiply(2 * block_, k_), n_));
}

std::int64_t Contraction::scratch_elements() const {
    const std::int64_t b = checked_multiply(k_, n_);
    return checked_add(b, checked_add(checked_multiply(block_, k_), checked_multiply(block_, n_)));
}

template <typename T>
void Contraction::run_block(const T* a, T* result, Range rows, T* packed_a, const T* packed_b, T* products) const {
    for_each_element(rows_, rows, [&](std::int64_t from, std::int64_t, std::int64_t row) {
        pack_row(a + from, inner_, k_, a_summed_, packed_a + (row - rows.begin) * k_);
    });
    multiply({.m = rows.end - rows.begin,
              .k = k_,
              .n = n_,
              .a_row = k_,
              .b_row = transpose_b_ ? k_ : n_,
              .c_row = n_,
              .transpose_b = transpose_b_,
              .row_by_row = row_by_row_},
             packed_a, packed_b, products);
    for_each_element(rows_, rows, [&](std::int64_t, std::int64_t to, std::int64_t row) {
        const T* product = products + (row - rows.begin) * n_;
        for_each_element(columns_, {0, n_},
                         [&](std::int64_t, std::int64_t column, std::int64_t j) { result[to + column] = product[j]; });
    });
}

template <typename T>
void Contraction::run(const T* a, const T* b, T* result, Range items, T* scratch) const {
    T* packed_b = scratch;
    T* packed_a = packed_b + k_ * n_;
    T* products = packed_a + block_ * k_;
    std::int64_t packed = -1;
    for (std::int64_t item = items.begin; item < items.end; ++item) {
        const std::int64_t batch = item / blocks_;
        const auto [a_place, b_place] = place(batch_, batch);
        if (batch != packed) {
            const auto pack = [&](const Axes& rows, const Axes& columns, std::int64_t count, std::int64_t length) {
                for_each_element(rows, {0, count}, [&](std::int64_t from, std::int64_t, std::int64_t row) {
                    pack_row(b + b_place + from, columns, length, b_summed_, packed_b + row * length);
                });
            };
            if (transpose_b_) {
                pack(columns_, inner_b_, n_, k_);
            } else {
                pack(inner_b_, columns_, k_, n_);
            }
            packed = batch;
        }
        const std::int64_t first = item % blocks_ * block_;
        run_block(a + a_place, result + place(batch_result_, batch).first, {first, std::min(first + block_, m_)},
                  packed_a, packed_b, products);
    }
}

template void Contraction::run(const float*, const float*, float*, Range, float*) const;
template void Contraction::run(const double*, const double*, double*, Range, double*) const;
template void Contraction::run(const std::uint32_t*, const std::uint32_t*, std::uint32_t*, Range, std::uint32_t*) const;
template void Contraction::run(const std::uint64_t*, const std::uint64_t*, std::uint64_t*, Range, std::uint64_t*) const;

}  // namespace onecnn::core
