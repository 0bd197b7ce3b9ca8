// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/broadcast.h"
#include "kernels/step.h"

namespace onecnn::core {

/// How far a tensor moves along each label's axis, in elements; 0 where it does not have the label.
using LabelStrides = std::vector<std::int64_t>;

/// The product of two tensors, summed over the labels that the result lacks, as a batch of matrix products: labels of A, B and
/// the result are the batch, of A and the result the rows, of B and the result the columns, and of A and B alone what the
/// matrices are summed over. What A or B has alone is summed while it is packed.
class Contraction {
public:
    /// `sizes` are those of the labels.
    Contraction(const std::vector<std::int64_t>& sizes, const LabelStrides& a, const LabelStrides& b,
                const LabelStrides& result, bool row_by_row);

    /// Pieces of work: blocks of rows, of one matrix after another.
    [[nodiscard]] std::int64_t items() const { return batch_count_ * blocks_; }
    [[nodiscard]] std::int64_t item_work() const;

    /// Elements of scratch memory that `run` needs.
    [[nodiscard]] std::int64_t scratch_elements() const;

    /// Items [range.begin, range.end). T: float, double, uint32_t, uint64_t.
    template <typename T>
    void run(const T* a, const T* b, T* result, Range items, T* scratch) const;

private:
    using Axes = std::vector<BroadcastAxis>;

    template <typename T>
    void run_block(const T* a, T* result, Range rows, T* packed_a, const T* packed_b, T* products) const;

    Axes batch_;         ///< moves in A, in B
    Axes batch_result_;  ///< moves in the result
    Axes rows_;          ///< moves in A, in the result
    Axes columns_;       ///< moves in B, in the result
    Axes inner_;         ///< moves in A, in B
    Axes inner_b_;       ///< moves in B
    Axes a_summed_;      ///< moves in A
    Axes b_summed_;      ///< moves in B
    std::int64_t batch_count_;
    std::int64_t m_;
    std::int64_t k_;
    std::int64_t n_;
    std::int64_t block_;
    std::int64_t blocks_;
    bool transpose_b_;
    bool row_by_row_;
};

}  // namespace onecnn::core
