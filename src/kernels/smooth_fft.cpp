// SPDX-License-Identifier: Apache-2.0
#include "kernels/smooth_fft.h"

#include <algorithm>
#include <array>
#include <numbers>
#include <utility>

#include "runtime/error.h"

namespace onecnn::core {

namespace {

constexpr double turn = 2 * std::numbers::pi;

template <typename Real>
using Complex = std::complex<Real>;

/// −i z
template <typename Real>
Complex<Real> quarter_back(Complex<Real> z) {
    return {z.imag(), -z.real()};
}

template <typename Real>
void butterfly(std::array<Complex<Real>, 2>& c) {
    c = {c[0] + c[1], c[0] - c[1]};
}

template <typename Real>
void butterfly(std::array<Complex<Real>, 3>& c) {
    constexpr auto sine = static_cast<Real>(std::numbers::sqrt3 / 2);
    const auto sum = c[1] + c[2];
    const auto difference = quarter_back(sine * (c[1] - c[2]));
    const auto middle = c[0] - Real{0.5} * sum;
    c = {c[0] + sum, middle + difference, middle - difference};
}

template <typename Real>
void butterfly(std::array<Complex<Real>, 4>& c) {
    const auto even = c[0] + c[2];
    const auto odd = c[1] + c[3];
    const auto across = c[0] - c[2];
    const auto turned = quarter_back(c[1] - c[3]);
    c = {even + odd, across + turned, even - odd, across - turned};
}

template <typename Real>
void butterfly(std::array<Complex<Real>, 5>& c) {
    constexpr auto cos1 = static_cast<Real>(0.30901699437494742410);
    constexpr auto sin1 = static_cast<Real>(0.95105651629515357212);
    constexpr auto cos2 = static_cast<Real>(-0.80901699437494742410);
    constexpr auto sin2 = static_cast<Real>(0.58778525229247312917);
    const auto near = c[1] + c[4];
    const auto far = c[2] + c[3];
    const auto near_across = c[1] - c[4];
    const auto far_across = c[2] - c[3];
    const auto middle1 = c[0] + cos1 * near + cos2 * far;
    const auto middle2 = c[0] + cos2 * near + cos1 * far;
    const auto turned1 = quarter_back(sin1 * near_across + sin2 * far_across);
    const auto turned2 = quarter_back(sin2 * near_across - sin1 * far_across);
    c = {c[0] + near + far, middle1 + turned1, middle2 + turned2, middle2 - turned2, middle1 - turned1};
}

/// The passes' radices: fours, before them the two that may be left, and then threes and fives.
std::vector<std::int64_t> radices_of(std::int64_t length) {
    std::vector<std::int64_t> radices;
    for (const std::int64_t radix : {4, 2, 3, 5}) {
        for (; length % radix == 0; length /= radix) {
            radices.push_back(radix);
        }
        if (radix == 2) {
            std::ranges::sort(radices);
        }
    }
    return radices;
}

}  // namespace

template <typename Real>
bool SmoothFft<Real>::takes(std::int64_t length) {
    for (const std::int64_t prime : {2, 3, 5}) {
        while (length > 1 && length % prime == 0) {
            length /= prime;
        }
    }
    return length == 1;
}

template <typename Real>
SmoothFft<Real>::SmoothFft(std::int64_t length) : length_(length) {
    std::int64_t groups = 1;
    for (const std::int64_t radix : radices_of(length)) {
        const std::int64_t apart = length / groups / radix;
        Pass& pass = passes_.emplace_back(Pass{radix, groups, apart, {}});
        for (std::int64_t b = 0; b < radix; ++b) {
            for (std::int64_t i = 0; i < apart; ++i) {
                const double part = static_cast<double>(b * groups * i) / static_cast<double>(length);
                pass.twiddles.push_back(Complex(std::polar(1.0, -turn * part)));
            }
        }
        groups *= radix;
    }
}

template <typename Real>
std::size_t SmoothFft<Real>::held_bytes() const {
    std::size_t bytes = 0;
    for (const Pass& pass : passes_) {
        bytes += pass.twiddles.size() * sizeof(Complex);
    }
    return bytes;
}

template <typename Real>
template <std::size_t radix>
void SmoothFft<Real>::run(const Pass& pass, const Complex* from, Complex* to) {
    const auto part = static_cast<std::int64_t>(radix);
    for (std::int64_t group = 0; group < pass.groups; ++group) {
        for (std::int64_t i = 0; i < pass.apart; ++i) {
            std::array<Complex, radix> c;
            for (std::int64_t b = 0; b < part; ++b) {
                c[static_cast<std::size_t>(b)] = from[i + pass.apart * (b + part * group)];
            }
            butterfly(c);
            for (std::int64_t b = 0; b < part; ++b) {
                to[i + pass.apart * (group + pass.groups * b)] = product(
                    c[static_cast<std::size_t>(b)], pass.twiddles[static_cast<std::size_t>(b * pass.apart + i)]);
            }
        }
    }
}

template <typename Real>
void SmoothFft<Real>::transform(Complex* x, Complex* scratch) const {
    Complex* from = x;
    Complex* to = scratch;
    for (const Pass& pass : passes_) {
        switch (pass.radix) {
            case 2: run<2>(pass, from, to); break;
            case 3: run<3>(pass, from, to); break;
            case 4: run<4>(pass, from, to); break;
            case 5: run<5>(pass, from, to); break;
            default: fail(ErrorCode::internal, "a transform's pass of ", pass.radix);
        }
        std::swap(from, to);
    }
    if (from != x) {
        std::copy_n(from, length_, x);
    }
}

template class SmoothFft<float>;
template class SmoothFft<double>;

}  // namespace onecnn::core
