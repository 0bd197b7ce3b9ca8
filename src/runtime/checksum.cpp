// SPDX-License-Identifier: Apache-2.0
#include "runtime/checksum.h"

#include <array>
#include <bit>
#include <cstring>

namespace onecnn::core {

namespace {

constexpr std::uint64_t factor = 0x9e3779b97f4a7c15U;  // odd, so that multiplying by it loses nothing

constexpr std::uint64_t absorb(std::uint64_t state, std::uint64_t word) {
    return std::rotl((state ^ word) * factor, 29);
}

std::uint64_t word_at(const std::byte* from, std::size_t bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, bytes);
    return word;
}

}  // namespace

std::uint64_t checksum(std::span<const std::byte> bytes) {
    // Four chains, as each multiplication waits for the one before it.
    std::array<std::uint64_t, 4> chains{1, 2, 3, 4};
    const std::byte* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 32; left -= 32, at += 32) {
        for (std::size_t i = 0; i < 4; ++i) {
            chains[i] = absorb(chains[i], word_at(at + 8 * i, 8));
        }
    }
    std::uint64_t state = bytes.size();
    for (const std::uint64_t chain : chains) {
        state = absorb(state, chain);
    }
    while (left > 0) {
        const std::size_t part = left < 8 ? left : 8;
        state = absorb(state, word_at(at, part));
        at += part;
        left -= part;
    }
    return state ^ (state >> 32U);
}

}  // namespace onecnn::core
