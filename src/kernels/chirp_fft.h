// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/smooth_fft.h"

namespace onecnn::core {

/// The discrete Fourier transform of any length, by Bluestein's chirp: a convolution of a power of two that holds it.
class ChirpFft {
public:
    using Complex = std::complex<double>;

    explicit ChirpFft(std::int64_t length);

    /// Complex numbers that `transform` needs as scratch memory.
    [[nodiscard]] std::int64_t scratch_elements() const { return 2 * padded_; }
    [[nodiscard]] std::size_t held_bytes() const;

    /// Σ x[n] e^(−2πi nk / length), in place.
    void transform(Complex* x, Complex* scratch) const;

private:
    std::int64_t length_;
    std::int64_t padded_;
    SmoothFft<double> fft_;        ///< of the padded length
    std::vector<Complex> chirp_;   ///< e^(−πi n² / length)
    std::vector<Complex> filter_;  ///< the transformed conjugate chirp, with the inverse's 1 / padded
};

}  // namespace onecnn::core
