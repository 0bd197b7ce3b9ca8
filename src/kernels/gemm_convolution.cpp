// SPDX-License-Identifier: Apache-2.0
#include "kernels/gemm_convolution.h"

#include <algorithm>
#include <string>
#include <vector>

#include "kernels/epilogue.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

constexpr std::int64_t slice_operations = 2'000'000;
constexpr std::int64_t most_slices = 32;
constexpr std::int64_t few_slices = 16;  // from which on more of them are not worth reading the input again
constexpr std::int64_t cached_weights = std::int64_t{192} * 1024;  // floats that a slice's part of the weights may take

class GemmConvolutionStep final : public Step {
public:
    GemmConvolutionStep(const FloatIsa& isa, const GemmConvolution& convolution);

    [[nodiscard]] std::string_view implementation() const override { return implementation_; }
    [[nodiscard]] std::int64_t slice_count() const override { return item_slices_ * panel_slices_; }
    [[nodiscard]] std::size_t scratch_bytes() const override {
        return static_cast<std::size_t>(source_.scratch_floats()) * sizeof(float);
    }
    void run(const Memory& memory, StepState* state, std::int64_t slice, std::byte* scratch) const override;

private:
    /// Panels of one group's weights.
    struct Part {
        std::int64_t group;
        Range panels;
    };

    void cut();
    void run_block(const Memory& memory, const Part& part, Range items, float* scratch) const;

    const FloatIsa& isa_;
    GemmConvolution convolution_;
    ConvolutionSource source_;
    Epilogue epilogue_;
    std::string implementation_;
    std::int64_t k_;
    std::int64_t panels_;  ///< of one group
    std::int64_t item_slices_ = 1;
    std::int64_t panel_slices_ = 1;
};

GemmConvolutionStep::GemmConvolutionStep(const FloatIsa& isa, const GemmConvolution& convolution)
    : isa_(isa),
      convolution_(convolution),
      source_(convolution.input, isa.rows[1]),
      epilogue_(convolution.operands.activation),
      implementation_(std::string("gemm:") + isa.name),
      k_(source_.runs() * source_.run_length()),
      panels_((convolution.output_channels + isa.columns - 1) / isa.columns) {
    convolution.operands.connect(*this);
    const std::int64_t pixels = source_.items() * source_.pixels_per_item();
    work = checked_multiply(checked_multiply(2 * k_, pixels), convolution.groups * convolution.output_channels);
    cut();
}

/// Into blocks of items, as each of these reads its part of the input once; where a lane would not keep all weights in its
/// cache, or items are few, into blocks of panels as well.
void GemmConvolutionStep::cut() {
    const std::int64_t wanted = std::clamp<std::int64_t>(work / slice_operations, 1, most_slices);
    const std::int64_t panels = convolution_.groups * panels_;
    const std::int64_t weights = packed_convolution_size(isa_, convolution_.groups, convolution_.output_channels, k_);
    if (source_.items() * source_.pixels_per_item() == 1) {
        panel_slices_ = std::clamp<std::int64_t>(panels / row_panels, 1, wanted);
        return;
    }
    const std::int64_t most_items = std::max<std::int64_t>(1, source_.items() / source_.least_items());
    panel_slices_ = std::clamp<std::int64_t>((weights - 1) / cached_weights + 1, 1, std::min(panels, wanted));
    item_slices_ = std::clamp<std::int64_t>((wanted - 1) / panel_slices_ + 1, 1, most_items);
    const std::int64_t enough = std::min(wanted, few_slices);
    panel_slices_ = std::clamp<std::int64_t>((enough - 1) / item_slices_ + 1, panel_slices_, panels);
}

void GemmConvolutionStep::run(const Memory& memory, StepState*, std::int64_t slice, std::byte* scratch) const {
    const Range panels = slice_range(convolution_.groups * panels_, panel_slices_, slice / item_slices_);
    Range items = slice_range(source_.items(), item_slices_, slice % item_slices_);
    while (items.begin < items.end) {
        const Range block{items.begin, items.begin + source_.block_items(items)};
        for (std::int64_t panel = panels.begin; panel < panels.end;) {
            const std::int64_t group = panel / panels_;
            const std::int64_t end = std::min(panels.end, (group + 1) * panels_);
            run_block(memory, {group, {panel - group * panels_, end - group * panels_}}, block,
                      reinterpret_cast<float*>(scratch));
            panel = end;
        }
        items.begin = block.end;
    }
}

void GemmConvolutionStep::run_block(const Memory& memory, const Part& part, Range items, float* scratch) const {
    const GemmConvolution& conv = convolution_;
    const ConvolutionOperands& operands = conv.operands;
    const ConvolutionRows rows =
        source_.rows(at<const float>(memory, operands.src) + part.group * conv.input.channels, items, scratch);
    const std::int64_t first_pixel = items.begin * source_.pixels_per_item();
    const std::int64_t first_channel = part.group * conv.output_channels;
    const auto at_pixel = [&](const Place& place) {
        return at<float>(memory, place) + first_pixel * place.pixel_stride + first_channel;
    };
    float* const dst = at_pixel(operands.dst);
    const float* const addend = operands.addend ? at_pixel(*operands.addend) : nullptr;
    const float* const bias = operands.bias ? memory.at<const float>(*operands.bias) + first_channel : nullptr;
    const float* const weights =
        memory.at<const float>(operands.weights) + part.group * packed_size(isa_, k_, conv.output_channels);
    const Range columns{part.panels.begin * isa_.columns,
                        std::min(part.panels.end * isa_.columns, conv.output_channels)};
    Gemm gemm{.m = rows.pixels,
              .n = 0,
              .k = source_.run_length(),
              .a = nullptr,
              .a_row = rows.row_stride,
              .b = nullptr,
              .c = nullptr,
              .c_row = operands.dst.pixel_stride,
              .addend_row = operands.addend ? operands.addend->pixel_stride : 0,
              .low = epilogue_.low(),
              .high = epilogue_.high(),
              .a_run = rows.run_stride};
    // Lines of a block read a panel in turn; a single one takes all panels together.
    const std::int64_t together =
        rows.lines == 1 && source_.pixels_per_item() == 1 ? columns.end - columns.begin : isa_.columns;
    for (std::int64_t column = columns.begin; column < columns.end; column += together) {
        gemm.n = std::min(together, columns.end - column);
        gemm.bias = bias == nullptr ? nullptr : bias + column;
        const std::int64_t panel_width = packed_size(isa_, 1, gemm.n);
        for (std::int64_t line = 0; line < rows.lines; ++line) {
            const Range runs = source_.runs_inside(items.begin + line);
            const std::int64_t pixel = line * rows.pixels;
            gemm.runs = runs.end - runs.begin;
            gemm.a = rows.a + line * rows.line_stride + runs.begin * rows.run_stride;
            gemm.b = weights + column * k_ + runs.begin * gemm.k * panel_width;
            gemm.c = dst + pixel * operands.dst.pixel_stride + column;
            gemm.addend = addend == nullptr ? nullptr : addend + pixel * operands.addend->pixel_stride + column;
            multiply(isa_, gemm);
        }
    }
    epilogue_.apply(dst + columns.begin, operands.dst.pixel_stride, rows.lines * rows.pixels,
                    columns.end - columns.begin);
}

}  // namespace

std::int64_t packed_convolution_size(const FloatIsa& isa, std::int64_t groups, std::int64_t output_channels,
                                     std::int64_t k) {
    return checked_multiply(groups, packed_size(isa, k, output_channels));
}

void pack_convolution(const FloatIsa& isa, ShapeView shape, std::int64_t groups, const float* weights, float* to) {
    const std::int64_t output_channels = shape[0] / groups;
    const std::int64_t channels = shape[1];
    const std::int64_t area = element_count(shape, 2, shape.size());
    const std::int64_t k = channels * area;
    std::vector<std::int64_t> rows(static_cast<std::size_t>(k));
    for (std::int64_t i = 0; i < k; ++i) {
        rows[static_cast<std::size_t>(i)] = i % channels * area + i / channels;
    }
    for (std::int64_t group = 0; group < groups; ++group) {
        pack_panels(isa, rows, output_channels, weights + group * output_channels * k, k,
                    to + group * packed_size(isa, k, output_channels));
    }
}

std::unique_ptr<Step> make_gemm_convolution_step(const FloatIsa& isa, const GemmConvolution& convolution) {
    return std::make_unique<GemmConvolutionStep>(isa, convolution);
}

}  // namespace onecnn::core
