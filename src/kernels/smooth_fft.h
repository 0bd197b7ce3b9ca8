// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace onecnn::core {

/// x y. std::complex's own product has a branch for infinities.
template <typename Real>
[[nodiscard]] std::complex<Real> product(std::complex<Real> x, std::complex<Real> y) {
    return {x.real() * y.real() - x.imag() * y.imag(), x.real() * y.imag() + x.imag() * y.real()};
}

/// The discrete Fourier transform of lengths that have no prime factor above 5, by Stockham's passes. Real: float, double.
template <typename Real>
class SmoothFft {
public:
    using Complex = std::complex<Real>;

    [[nodiscard]] static bool takes(std::int64_t length);

    explicit SmoothFft(std::int64_t length);

    /// Complex numbers that `transform` needs as scratch memory.
    [[nodiscard]] std::int64_t scratch_elements() const { return length_; }
    [[nodiscard]] std::size_t held_bytes() const;

    /// Σ x[n] e^(−2πi nk / length), in place.
    void transform(Complex* x, Complex* scratch) const;

private:
    /// One pass: `groups` transforms of `radix` points each, `apart` elements between them, then the twiddles.
    struct Pass {
        std::int64_t radix;
        std::int64_t groups;
        std::int64_t apart;
        std::vector<Complex> twiddles;  ///< [radix, apart]
    };

    template <std::size_t radix>
    static void run(const Pass& pass, const Complex* from, Complex* to);

    std::int64_t length_;
    std::vector<Pass> passes_;
};

}  // namespace onecnn::core
