// SPDX-License-Identifier: Apache-2.0
#include "kernels/dft.h"

#include <algorithm>
#include <bit>
#include <complex>
#include <type_traits>
#include <utility>

#include "kernels/by_double.h"
#include "kernels/chirp_fft.h"
#include "kernels/scratch_step.h"
#include "kernels/smooth_fft.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

template <typename T, typename Real>
void load(const Dft& dft, const T* from, std::complex<Real>* line) {
    const DftLines& lines = dft.from;
    const std::int64_t count = std::min(lines.samples, dft.length);
    for (std::int64_t i = 0; i < count; ++i) {
        const T* sample = from + i * lines.sample;
        line[i] = {static_cast<Real>(to_double(sample[0])),
                   lines.parts == 2 ? static_cast<Real>(to_double(sample[1])) : Real{0}};
    }
    std::fill(line + count, line + dft.length, std::complex<Real>{});
}

/// The second half of a real signal's spectrum from the first; of what is its own mirror image the imaginary part is ignored.
template <typename Real>
void mirror(std::complex<Real>* line, std::int64_t length) {
    line[0].imag(0);
    for (std::int64_t i = 1; i <= length - i; ++i) {
        if (i == length - i) {
            line[i].imag(0);
        }
        line[length - i] = std::conj(line[i]);
    }
}

template <typename T, typename Real>
void store(const Dft& dft, const std::complex<Real>* line, T* to) {
    const bool inverse = dft.kind != DftKind::forward;
    const double scale = inverse ? 1 / static_cast<double>(dft.length) : 1;
    for (std::int64_t i = 0; i < dft.to.samples; ++i) {
        T* sample = to + i * dft.to.sample;
        sample[0] = from_double<T>(static_cast<double>(line[i].real()) * scale);
        if (dft.to.parts == 2) {
            const auto imaginary = static_cast<double>(line[i].imag());
            sample[1] = from_double<T>((inverse ? -imaginary : imaginary) * scale);
        }
    }
}

template <typename Fft, typename T>
void run_line(const Dft& dft, const Fft& fft, const T* from, const T* window, T* to, typename Fft::Complex* line) {
    using Complex = typename Fft::Complex;
    load(dft, from, line);
    if (window != nullptr) {
        std::transform(line, line + dft.length, window, line, [](Complex x, T weight) {
            return x * static_cast<typename Complex::value_type>(to_double(weight));
        });
    }
    if (dft.kind == DftKind::inverse_real) {
        mirror(line, dft.length);
    }
    // An inverse transform is the conjugate of the conjugate's.
    if (dft.kind != DftKind::forward) {
        std::transform(line, line + dft.length, line, [](Complex x) { return std::conj(x); });
    }
    fft.transform(line, line + dft.length);
    store(dft, line, to);
}

template <typename T, typename Fft>
std::unique_ptr<Step> step_with(const Dft& dft, Slot from, std::optional<Slot> window, Slot to) {
    auto fft = std::make_shared<const Fft>(dft.length);
    ScratchLayout layout;
    static_cast<void>(layout.take<typename Fft::Complex>(checked_add(dft.length, fft->scratch_elements())));
    constexpr std::int64_t butterfly = 10;
    const std::int64_t points = dft.length + fft->scratch_elements();
    const std::int64_t depth = std::bit_width(static_cast<std::uint64_t>(points));
    const std::int64_t work = checked_multiply(points, butterfly * depth);
    const std::int64_t slices = slices_for(dft.lines, work);
    auto step = std::make_unique<ScratchStep>(
        "dft", slices, layout.bytes(), [=](const Memory& memory, std::int64_t slice, std::byte* scratch) {
            const Range range = slice_range(dft.lines, slices, slice);
            for (std::int64_t i = range.begin; i < range.end; ++i) {
                const auto begin = [&](const DftLines& lines) {
                    return i / dft.lines_per_block * lines.outer + i % dft.lines_per_block * lines.inner;
                };
                run_line(dft, *fft, memory.at<const T>(from) + begin(dft.from),
                         window ? memory.at<const T>(*window) : nullptr, memory.at<T>(to) + begin(dft.to),
                         reinterpret_cast<typename Fft::Complex*>(scratch));
            }
        });
    step->held_bytes += fft->held_bytes();
    step->work = checked_multiply(dft.lines, work);
    return step;
}

template <typename T>
std::unique_ptr<Step> step_of(const Dft& dft, Slot from, std::optional<Slot> window, Slot to) {
    if (!SmoothFft<double>::takes(dft.length)) {
        return step_with<T, ChirpFft>(dft, from, window, to);
    }
    // ONNX's cases are NumPy's results: in single precision for complex float32, in double for real. Where a spectrum has
    // zeros, they allow for nothing else.
    if constexpr (std::is_same_v<T, float>) {
        if (dft.from.parts == 2) {
            return step_with<T, SmoothFft<float>>(dft, from, window, to);
        }
    }
    return step_with<T, SmoothFft<double>>(dft, from, window, to);
}

}  // namespace

std::unique_ptr<Step> make_dft_step(const Dft& dft, Slot from, std::optional<Slot> window, Slot to) {
    auto step = [&] {
        switch (dft.dtype) {
            case DType::float32: return step_of<float>(dft, from, window, to);
            case DType::float64: return step_of<double>(dft, from, window, to);
            case DType::float16: return step_of<Float16>(dft, from, window, to);
            case DType::bfloat16: return step_of<BFloat16>(dft, from, window, to);
            default: fail(ErrorCode::internal, "Fourier transform of ", name(dft.dtype));
        }
    }();
    step->reads = {from};
    if (window) {
        step->reads.push_back(*window);
    }
    step->writes = {to};
    return step;
}

}  // namespace onecnn::core
