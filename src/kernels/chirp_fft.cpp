// SPDX-License-Identifier: Apache-2.0
#include "kernels/chirp_fft.h"

#include <algorithm>
#include <bit>
#include <numbers>

namespace onecnn::core {

ChirpFft::ChirpFft(std::int64_t length)
    : length_(length),
      padded_(static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(2 * length - 1)))),
      fft_(padded_),
      filter_(static_cast<std::size_t>(padded_)) {
    // n² modulo 2 · length, kept exact by going from square to square.
    for (std::int64_t n = 0, square = 0; n < length; square = (square + 2 * n + 1) % (2 * length), ++n) {
        const double part = static_cast<double>(square) / static_cast<double>(length);
        chirp_.push_back(std::polar(1.0, -std::numbers::pi * part));
        const Complex conjugate = std::conj(chirp_.back()) / static_cast<double>(padded_);
        filter_[static_cast<std::size_t>(n)] = conjugate;
        filter_[static_cast<std::size_t>((padded_ - n) % padded_)] = conjugate;
    }
    std::vector<Complex> scratch(filter_.size());
    fft_.transform(filter_.data(), scratch.data());
}

std::size_t ChirpFft::held_bytes() const {
    return fft_.held_bytes() + (chirp_.size() + filter_.size()) * sizeof(Complex);
}

void ChirpFft::transform(Complex* x, Complex* scratch) const {
    Complex* padded = scratch;
    Complex* rest = scratch + padded_;
    std::transform(x, x + length_, chirp_.begin(), padded, product<double>);
    std::fill(padded + length_, padded + padded_, Complex{});
    fft_.transform(padded, rest);
    // An inverse transform is the conjugate of the conjugate's.
    std::transform(padded, padded + padded_, filter_.begin(), padded,
                   [](Complex y, Complex filter) { return std::conj(product(y, filter)); });
    fft_.transform(padded, rest);
    std::transform(padded, padded + length_, chirp_.begin(), x,
                   [](Complex y, Complex chirp) { return product(std::conj(y), chirp); });
}

}  // namespace onecnn::core
