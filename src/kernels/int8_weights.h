// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/int8_isa.h"

namespace onecnn::core {

/// int8 matrices [k, n] of one form, one behind another.
struct Int8Matrices {
    std::span<const std::int8_t> weights;
    std::vector<std::int64_t> rows;  ///< the weight in row p and column j of a matrix is at rows[p] + j · column_stride
    std::int64_t column_stride;
    std::int64_t n;
    std::int64_t count;
    std::int64_t stride;  ///< from a matrix to the next
};

/// How products find them, packed in panels [⌈n / 16⌉][⌈k / 4⌉][16][4] of each matrix, zero beyond n and k.
///
/// AVX2 adds two products of a byte and a weight in 16 bits, which hold 255 · (|w0| + |w1|) up to a sum of 128. Of
/// pairs beyond it a part is split off; the few quads that have such parts are multiplied a second time, so that sums
/// are exact.
class Int8Panels {
public:
    Int8Panels(const Int8Isa& isa, const Int8Matrices& matrices);

    [[nodiscard]] std::int64_t quads() const { return quads_; }
    [[nodiscard]] std::int64_t n() const { return n_; }
    /// Of one matrix.
    [[nodiscard]] std::int64_t panels() const { return panels_; }

    /// Whether the packed bytes say where split quads are.
    [[nodiscard]] bool splits() const { return splits_; }

    [[nodiscard]] std::size_t bytes() const { return blocks_place() + static_cast<std::size_t>(split_ * int8_block); }
    /// Packs into so many bytes, which must be zero.
    void pack(const Int8Matrices& matrices, std::byte* to) const;

    /// What a tile of matrix `matrix` multiplies by that begins with panel `panel`.
    void place(const std::byte* packed, std::int64_t matrix, std::int64_t panel, Int8Tile& tile) const;

private:
    // After the panels: where each one's split quads begin, and the end; which quads these are; their blocks.
    [[nodiscard]] std::size_t begins_place() const;
    [[nodiscard]] std::size_t split_quads_place() const;
    [[nodiscard]] std::size_t blocks_place() const;
    void split(std::byte* to) const;

    bool splits_;
    std::int64_t n_;
    std::int64_t quads_;
    std::int64_t panels_;
    std::int64_t all_panels_;
    std::int64_t split_ = 0;
};

/// A product of rows of bytes and a matrix, requantised, or a block of it: some rows, and whole panels.
struct Int8Product {
    /// Where rows lie in pieces, the places of these; see Int8Tile.
    const std::uint8_t* const* places = nullptr;
    std::int64_t places_row = 0;
    std::int64_t taps = 1;
    /// Where they do not.
    const std::uint8_t* a = nullptr;
    std::int64_t a_row = 0;  ///< a row's quads must be readable
    std::int64_t rows;
    const std::byte* packed;
    std::int64_t matrix;
    std::int64_t first_panel;
    std::int64_t panels;
    const Requantization* requantization;  ///< its arrays begin with the matrix' first column
    const std::uint8_t* addend;            ///< at row 0 and the first panel's column; may be null
    std::int64_t addend_row;
    std::uint8_t* c;  ///< likewise
    std::int64_t c_row;
};

/// Computes it on the caller's thread.
void multiply(const Int8Isa& isa, const Int8Panels& panels, const Int8Product& product);

}  // namespace onecnn::core
