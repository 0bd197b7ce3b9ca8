// SPDX-License-Identifier: Apache-2.0
#include "kernels/int8_weights.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "runtime/shape.h"

namespace onecnn::core {

namespace {

constexpr int most_of_a_pair = 128;  // 255 · 128 < 2¹⁵

bool saturates(std::int8_t a, std::int8_t b) { return std::abs(int{a}) + std::abs(int{b}) > most_of_a_pair; }

/// How many quads of all panels have a pair that saturates.
std::int64_t count_split(const Int8Matrices& matrices, std::int64_t quads, std::int64_t panels) {
    std::int64_t count = 0;
    std::vector<bool> split;
    for (std::int64_t matrix = 0; matrix < matrices.count; ++matrix) {
        split.assign(static_cast<std::size_t>(quads * panels), false);
        for (std::int64_t j = 0; j < matrices.n; ++j) {
            const std::int8_t* const column =
                matrices.weights.data() + matrix * matrices.stride + j * matrices.column_stride;
            for (std::size_t p = 0; p + 1 < matrices.rows.size(); p += 2) {
                if (saturates(column[matrices.rows[p]], column[matrices.rows[p + 1]])) {
                    split[static_cast<std::size_t>(j / int8_columns * quads) + p / int8_quad] = true;
                }
            }
        }
        count += std::ranges::count(split, true);
    }
    return count;
}

}  // namespace

Int8Panels::Int8Panels(const Int8Isa& isa, const Int8Matrices& matrices)
    : splits_(isa.splits_excess),
      n_(matrices.n),
      quads_((static_cast<std::int64_t>(matrices.rows.size()) + int8_quad - 1) / int8_quad),
      panels_((matrices.n + int8_columns - 1) / int8_columns),
      all_panels_(checked_multiply(panels_, matrices.count)) {
    static_cast<void>(checked_multiply(all_panels_, checked_multiply(quads_, 4 * int8_block)));
    if (splits_) {
        split_ = count_split(matrices, quads_, panels_);
    }
}

std::size_t Int8Panels::begins_place() const { return static_cast<std::size_t>(all_panels_ * quads_ * int8_block); }

std::size_t Int8Panels::split_quads_place() const {
    return begins_place() + (splits_ ? static_cast<std::size_t>(all_panels_ + 1) * sizeof(std::int64_t) : 0);
}

std::size_t Int8Panels::blocks_place() const {
    return split_quads_place() + static_cast<std::size_t>(split_) * sizeof(std::uint32_t);
}

void Int8Panels::pack(const Int8Matrices& matrices, std::byte* to) const {
    std::memset(to, 0, bytes());
    auto* const panels = reinterpret_cast<std::int8_t*>(to);
    for (std::int64_t matrix = 0; matrix < matrices.count; ++matrix) {
        for (std::int64_t j = 0; j < matrices.n; ++j) {
            const std::int8_t* const from =
                matrices.weights.data() + matrix * matrices.stride + j * matrices.column_stride;
            std::int8_t* const column =
                panels + (matrix * panels_ + j / int8_columns) * quads_ * int8_block + j % int8_columns * int8_quad;
            for (std::size_t p = 0; p < matrices.rows.size(); ++p) {
                column[p / int8_quad * int8_block + p % int8_quad] = from[matrices.rows[p]];
            }
        }
    }
    if (splits_) {
        split(to);
    }
}

void Int8Panels::split(std::byte* to) const {
    auto* block = reinterpret_cast<std::int8_t*>(to);
    auto* begin = reinterpret_cast<std::int64_t*>(to + begins_place());
    auto* quads = reinterpret_cast<std::uint32_t*>(to + split_quads_place());
    auto* rest = reinterpret_cast<std::int8_t*>(to + blocks_place());
    std::int64_t count = 0;
    for (std::int64_t panel = 0; panel < all_panels_; ++panel) {
        *begin++ = count;
        for (std::int64_t quad = 0; quad < quads_; ++quad, block += int8_block) {
            bool any = false;
            for (std::int64_t i = 0; i < int8_block; i += 2) {
                if (!saturates(block[i], block[i + 1])) {
                    continue;
                }
                any = true;
                for (std::int64_t j = i; j < i + 2; ++j) {
                    const int kept = std::clamp<int>(block[j], -most_of_a_pair / 2, most_of_a_pair / 2);
                    rest[j] = static_cast<std::int8_t>(block[j] - kept);
                    block[j] = static_cast<std::int8_t>(kept);
                }
            }
            if (any) {
                *quads++ = static_cast<std::uint32_t>(quad);
                rest += int8_block;
                ++count;
            }
        }
    }
    *begin = count;
}

void Int8Panels::place(const std::byte* packed, std::int64_t matrix, std::int64_t panel, Int8Tile& tile) const {
    const std::int64_t index = matrix * panels_ + panel;
    tile.quads = quads_;
    tile.b = reinterpret_cast<const std::int8_t*>(packed) + index * quads_ * int8_block;
    if (splits_) {
        const auto* const begin = reinterpret_cast<const std::int64_t*>(packed + begins_place()) + index;
        tile.excess_quads = reinterpret_cast<const std::uint32_t*>(packed + split_quads_place()) + begin[0];
        tile.excess = reinterpret_cast<const std::int8_t*>(packed + blocks_place()) + begin[0] * int8_block;
        tile.excess_count = begin[1] - begin[0];
    }
}

void multiply(const Int8Isa& isa, const Int8Panels& panels, const Int8Product& product) {
    Int8Tile tile{};
    tile.a_row = product.a_row;
    tile.places_row = product.places_row;
    tile.taps = product.taps;
    tile.requantization = product.requantization;
    tile.addend_row = product.addend_row;
    tile.c_row = product.c_row;
    const std::int64_t end = product.first_panel + product.panels;
    for (std::int64_t panel = product.first_panel; panel < end;) {
        std::size_t width = 0;
        while (isa.panels[width] > end - panel) {
            ++width;
        }
        panels.place(product.packed, product.matrix, panel, tile);
        tile.first_column = panel * int8_columns;
        tile.columns = std::min(isa.panels[width] * int8_columns, panels.n() - tile.first_column);
        const std::int64_t offset = (panel - product.first_panel) * int8_columns;
        const std::int64_t next_blocks =
            std::min<std::int64_t>(isa.panels[width], end - panel - isa.panels[width]) * panels.quads();
        const std::int8_t* const next = tile.b + isa.panels[width] * panels.quads() * int8_block;
        // Tiles of about the same height: a short last one would leave the multipliers idle.
        const std::int64_t count = (product.rows + isa.rows[width] - 1) / isa.rows[width];
        // While these panels are multiplied the next ones come from memory, with each tile as many: no faster than they must.
        const std::int64_t tile_steps = count * panels.quads();
        tile.next_step = (next_blocks * int8_block + tile_steps - 1) / tile_steps;
        std::int64_t row = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            const std::int64_t rows = (product.rows - row) / (count - i);
            if (product.places != nullptr) {
                tile.places = product.places + row;
            } else {
                tile.a = product.a + row * product.a_row;
            }
            tile.c = product.c + row * product.c_row + offset;
            tile.addend = product.addend == nullptr ? nullptr : product.addend + row * product.addend_row + offset;
            tile.next = next_blocks > 0 ? next + next_blocks * i / count * int8_block : tile.b;
            (product.places != nullptr ? isa.scattered : isa.tiles)[width][rows - 1](tile);
            row += rows;
        }
        panel += isa.panels[width];
    }
}

}  // namespace onecnn::core
