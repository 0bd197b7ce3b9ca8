// SPDX-License-Identifier: Apache-2.0
#include "kernels/direct_convolution.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include "kernels/float16.h"
#include "kernels/post_ops.h"
#include "runtime/error.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

/// The input under a tap of the window at an output, outside [0, input) where there is none.
std::int64_t input_under(ConvolutionKind kind, const ConvolutionDimension& dimension, std::int64_t output,
                         std::int64_t tap) {
    const std::int64_t offset = tap * dimension.dilation - dimension.pad_begin;
    if (kind == ConvolutionKind::forward) {
        return output * dimension.stride + offset;
    }
    const std::int64_t stretched = output - offset;
    return stretched >= 0 && stretched % dimension.stride == 0 ? stretched / dimension.stride : -1;
}

/// Whole numbers i in [0, count) for which 0 ≤ i · stride + offset < size.
Range within(std::int64_t count, std::int64_t stride, std::int64_t offset, std::int64_t size) {
    const auto first_at_least = [&](std::int64_t bound) {
        return offset >= bound ? 0 : std::min(count, (bound - offset - 1) / stride + 1);
    };
    return {first_at_least(0), first_at_least(size)};
}

std::int64_t product(const std::vector<ConvolutionDimension>& dimensions, std::int64_t ConvolutionDimension::* size) {
    std::int64_t count = 1;
    for (const auto& dimension : dimensions) {
        count = checked_multiply(count, dimension.*size);
    }
    return count;
}

/// A row of results is all of the last spatial dimension.
template <typename T>
class DirectConvolutionStep final : public Step {
    using A = std::conditional_t<std::is_same_v<T, double>, double, float>;

public:
    DirectConvolutionStep(DirectConvolution convolution, Slot src, Slot weights, std::optional<Slot> bias, Slot dst)
        : whole_(std::move(convolution)),
          last_(whole_.dimensions.back()),
          input_plane_(product(whole_.dimensions, &ConvolutionDimension::input)),
          taps_(product(whole_.dimensions, &ConvolutionDimension::kernel)),
          plane_rows_(product(whole_.dimensions, &ConvolutionDimension::output) /
                      std::max<std::int64_t>(1, last_.output)),
          src_(src),
          weights_(weights),
          bias_(bias),
          dst_(dst) {
        const std::int64_t rows =
            checked_multiply(checked_multiply(whole_.images * whole_.groups, whole_.output_channels), plane_rows_);
        const std::int64_t row_work =
            checked_multiply(2 * std::max(last_.output, last_.input),
                             checked_multiply(std::max<std::int64_t>(1, whole_.input_channels), taps_));
        rows_ = rows;
        slices_ = slices_for(rows, row_work);
        work = checked_multiply(rows, row_work);
        reads = {src, weights};
        if (bias) {
            reads.push_back(*bias);
        }
        writes = {dst};
    }

    [[nodiscard]] std::string_view implementation() const override { return "direct_convolution"; }
    [[nodiscard]] std::int64_t slice_count() const override { return slices_; }
    [[nodiscard]] std::size_t scratch_bytes() const override {
        return static_cast<std::size_t>(last_.output) * sizeof(A);
    }

    void run(const Memory& memory, StepState*, std::int64_t slice, std::byte* scratch) const override {
        A* const sums = reinterpret_cast<A*>(scratch);
        const Range range = slice_range(rows_, slices_, slice);
        for (std::int64_t row = range.begin; row < range.end; ++row) {
            sum_row(memory, row, sums);
            T* const results = memory.at<T>(dst_) + row * last_.output;
            for (std::int64_t i = 0; i < last_.output; ++i) {
                const A sum = whole_.activation
                                  ? static_cast<A>(apply(*whole_.activation, static_cast<double>(sums[i])))
                                  : sums[i];
                results[i] = static_cast<T>(sum);
            }
        }
    }

private:
    void sum_row(const Memory& memory, std::int64_t row, A* sums) const {
        const std::int64_t plane = row / plane_rows_;
        const std::int64_t channel = plane % (whole_.groups * whole_.output_channels);
        const std::int64_t image = plane / (whole_.groups * whole_.output_channels);
        const std::int64_t group = channel / whole_.output_channels;
        const bool forward = whole_.kind == ConvolutionKind::forward;
        // How far apart, in filters of `taps_` elements, two input channels' weights lie.
        const std::int64_t apart = forward ? 1 : whole_.output_channels;
        const std::int64_t first =
            forward ? channel * whole_.input_channels
                    : group * whole_.input_channels * whole_.output_channels + channel % whole_.output_channels;
        const T* input =
            memory.at<const T>(src_) + (image * whole_.groups + group) * whole_.input_channels * input_plane_;
        const T* weights = memory.at<const T>(weights_) + first * taps_;
        std::fill_n(sums, last_.output, bias_ ? static_cast<A>(memory.at<const T>(*bias_)[channel]) : A{0});
        const auto at = row_position(row % plane_rows_);
        for (std::int64_t c = 0; c < whole_.input_channels; ++c) {
            add_channel(input, weights, at, sums);
            input += input_plane_;
            weights += apart * taps_;
        }
    }

    [[nodiscard]] std::array<std::int64_t, max_rank> row_position(std::int64_t row) const {
        std::array<std::int64_t, max_rank> at{};
        for (std::size_t i = whole_.dimensions.size() - 1; i-- > 0;) {
            at[i] = row % whole_.dimensions[i].output;
            row /= whole_.dimensions[i].output;
        }
        return at;
    }

    void add_channel(const T* input, const T* weights, const std::array<std::int64_t, max_rank>& at, A* sums) const {
        for (std::int64_t filter_row = 0; filter_row < taps_ / last_.kernel; ++filter_row) {
            std::int64_t rest = filter_row;
            std::int64_t input_row = 0;
            std::int64_t stride = 1;
            bool inside = true;
            for (std::size_t i = whole_.dimensions.size() - 1; inside && i-- > 0;) {
                const ConvolutionDimension& dimension = whole_.dimensions[i];
                const std::int64_t under = input_under(whole_.kind, dimension, at[i], rest % dimension.kernel);
                inside = under >= 0 && under < dimension.input;
                input_row += under * stride;
                stride *= dimension.input;
                rest /= dimension.kernel;
            }
            if (inside) {
                add_taps(input + input_row * last_.input, weights + filter_row * last_.kernel, sums);
            }
        }
    }

    void add_taps(const T* input, const T* weights, A* sums) const {
        for (std::int64_t tap = 0; tap < last_.kernel; ++tap) {
            const auto weight = static_cast<A>(weights[tap]);
            const std::int64_t offset = tap * last_.dilation - last_.pad_begin;
            if (whole_.kind == ConvolutionKind::forward) {
                const Range outputs = within(last_.output, last_.stride, offset, last_.input);
                for (std::int64_t o = outputs.begin; o < outputs.end; ++o) {
                    sums[o] += weight * static_cast<A>(input[o * last_.stride + offset]);
                }
            } else {
                const Range inputs = within(last_.input, last_.stride, offset, last_.output);
                for (std::int64_t i = inputs.begin; i < inputs.end; ++i) {
                    sums[i * last_.stride + offset] += weight * static_cast<A>(input[i]);
                }
            }
        }
    }

    DirectConvolution whole_;
    ConvolutionDimension last_;
    std::int64_t input_plane_;
    std::int64_t taps_;
    std::int64_t plane_rows_;
    Slot src_;
    Slot weights_;
    std::optional<Slot> bias_;
    Slot dst_;
    std::int64_t rows_;
    std::int64_t slices_;
};

}  // namespace

bool direct_convolution_takes(DType dtype) {
    return dtype == DType::float32 || dtype == DType::float64 || dtype == DType::float16 || dtype == DType::bfloat16;
}

std::unique_ptr<Step> make_direct_convolution_step(DType dtype, DirectConvolution convolution, Slot src, Slot weights,
                                                   std::optional<Slot> bias, Slot dst) {
    const auto of = [&]<typename T>(T) -> std::unique_ptr<Step> {
        return std::make_unique<DirectConvolutionStep<T>>(std::move(convolution), src, weights, bias, dst);
    };
    switch (dtype) {
        case DType::float32: return of(float{});
        case DType::float64: return of(double{});
        case DType::float16: return of(Float16{});
        case DType::bfloat16: return of(BFloat16{});
        default: fail(ErrorCode::internal, "a direct convolution of ", name(dtype));
    }
}

}  // namespace onecnn::core
