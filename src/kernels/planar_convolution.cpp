// SPDX-License-Identifier: Apache-2.0
#include "kernels/planar_convolution.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/indexed_tile.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

/// The source lines that `results` results need, padding among them.
std::int64_t lines_under(const PlanarDimension& dimension, std::int64_t results) {
    return (results - 1) * dimension.stride + (dimension.kernel - 1) * dimension.dilation + 1;
}

/// Where there is padding a slice copies the lines that it needs into scratch memory, zeros around them: the kernel then never
/// asks whether a tap is inside.
class PlanarConvolutionStep final : public Step {
public:
    PlanarConvolutionStep(const PlanarConvolution& convolution, Slot src, Slot weights, std::optional<Slot> bias,
                          Slot dst)
        : isa_(*float_isa()),
          whole_(convolution),
          taps_(convolution.channels * convolution.rows.kernel * convolution.columns.kernel),
          lines_(convolution.pooled ? convolution.rows.output / 2 : convolution.rows.output),
          width_(convolution.pooled ? convolution.columns.output / 2 : convolution.columns.output),
          padded_(needs_padding(convolution.rows) || needs_padding(convolution.columns)),
          src_(src),
          weights_(weights),
          bias_(bias),
          dst_(dst) {
        const std::int64_t line_work =
            2 * taps_ * convolution.filters * convolution.columns.output * (convolution.pooled ? 2 : 1);
        const std::int64_t all_lines = checked_multiply(convolution.images, lines_);
        // A slice copies lines that its neighbours copy too: it should have several.
        constexpr std::int64_t slice_work = 2'000'000;
        slices_ = std::clamp<std::int64_t>(checked_multiply(all_lines, line_work) / slice_work, 1,
                                           std::max<std::int64_t>(1, std::min<std::int64_t>(64, all_lines / 4)));
        lines_per_copy_ = std::min<std::int64_t>(lines_, 8);
        const std::int64_t copied_lines = lines_under(whole_.rows, results(lines_per_copy_));
        copied_width_ = std::max(lines_under(whole_.columns, whole_.columns.output),
                                 whole_.columns.input + whole_.columns.pad_begin);
        copied_plane_ = copied_lines * copied_width_;
        const std::int64_t line = padded_ ? copied_width_ : whole_.columns.input;
        const std::int64_t plane = padded_ ? copied_plane_ : whole_.rows.input * whole_.columns.input;
        for (std::int64_t c = 0; c < whole_.channels; ++c) {
            for (std::int64_t y = 0; y < whole_.rows.kernel; ++y) {
                for (std::int64_t x = 0; x < whole_.columns.kernel; ++x) {
                    offsets_.push_back(static_cast<std::int32_t>(c * plane + y * whole_.rows.dilation * line +
                                                                 x * whole_.columns.dilation));
                }
            }
        }
        work = checked_multiply(all_lines, line_work);
        held_bytes += offsets_.size() * sizeof(std::int32_t);
        reads = {src, weights};
        if (bias) {
            reads.push_back(*bias);
        }
        writes = {dst};
    }

    [[nodiscard]] std::string_view implementation() const override {
        return whole_.pooled ? "planar_convolution+max_pool" : "planar_convolution";
    }
    [[nodiscard]] std::int64_t slice_count() const override { return slices_; }
    [[nodiscard]] std::size_t scratch_bytes() const override {
        return padded_ ? static_cast<std::size_t>(whole_.channels * copied_plane_) * sizeof(float) : 0;
    }

    void run(const Memory& memory, StepState*, std::int64_t slice, std::byte* scratch) const override {
        const Range range = slice_range(whole_.images * lines_, slices_, slice);
        float* const copy = reinterpret_cast<float*>(scratch);
        const std::int64_t src_plane = whole_.rows.input * whole_.columns.input;
        for (std::int64_t line = range.begin; line < range.end;) {
            const std::int64_t image = line / lines_;
            const std::int64_t first = line % lines_;
            const std::int64_t count =
                std::min({range.end - line, lines_ - first, padded_ ? lines_per_copy_ : lines_ - first});
            const float* source = memory.at<const float>(src_) + image * whole_.channels * src_plane;
            const std::int64_t top = results(first) * whole_.rows.stride - whole_.rows.pad_begin;
            if (padded_) {
                copy_lines(source, top, lines_under(whole_.rows, results(count)), copy);
                source = copy;
            } else {
                source += top * whole_.columns.input;
            }
            const std::int64_t source_line = padded_ ? copied_width_ : whole_.columns.input;
            for (std::int64_t i = 0; i < count; ++i) {
                compute_line(memory, source + results(i) * whole_.rows.stride * source_line, source_line,
                             memory.at<float>(dst_) + (line + i) * width_ * whole_.filters);
            }
            line += count;
        }
    }

private:
    static bool needs_padding(const PlanarDimension& dimension) {
        return dimension.pad_begin > 0 || lines_under(dimension, dimension.output) > dimension.input;
    }

    /// The convolution's lines, or columns, behind those of the output.
    [[nodiscard]] std::int64_t results(std::int64_t count) const { return whole_.pooled ? 2 * count : count; }

    void copy_lines(const float* source, std::int64_t top, std::int64_t lines, float* to) const {
        const std::int64_t width = whole_.columns.input;
        const std::int64_t left = whole_.columns.pad_begin;
        for (std::int64_t c = 0; c < whole_.channels; ++c) {
            const float* const plane = source + c * whole_.rows.input * width;
            for (std::int64_t i = 0; i < lines; ++i) {
                float* const line = to + c * copied_plane_ + i * copied_width_;
                const std::int64_t from = top + i;
                if (from < 0 || from >= whole_.rows.input) {
                    std::fill_n(line, copied_width_, 0.0F);
                    continue;
                }
                std::fill_n(line, left, 0.0F);
                std::memcpy(line + left, plane + from * width, static_cast<std::size_t>(width) * sizeof(float));
                std::fill_n(line + left + width, copied_width_ - left - width, 0.0F);
            }
        }
    }

    void compute_line(const Memory& memory, const float* source, std::int64_t source_line, float* to) const {
        const IndexedTiles& tiles = *isa_.indexed;
        for (std::int64_t first = 0; first < whole_.filters; first += isa_.columns) {
            const std::int64_t columns = std::min(isa_.columns, whole_.filters - first);
            const std::size_t wide = columns > isa_.width ? 1 : 0;
            const std::int64_t most = whole_.pooled ? tiles.windows[wide] : tiles.rows[wide];
            const IndexedTileFunction* const functions = whole_.pooled ? tiles.pooled[wide] : tiles.plain[wide];
            IndexedTile tile{.count = 0,
                             .k = taps_,
                             .offsets = offsets_.data(),
                             .a = source,
                             .a_row = whole_.columns.stride,
                             .a_line = whole_.rows.stride * source_line,
                             .b = memory.at<const float>(weights_) + first * taps_,
                             .c = to + first,
                             .c_row = whole_.filters,
                             .columns = columns,
                             .bias = bias_ ? memory.at<const float>(*bias_) + first : nullptr,
                             .low = whole_.bounds.low,
                             .high = whole_.bounds.high};
            // Tiles of about the same width: those one result wider come first.
            const std::int64_t count = (width_ + most - 1) / most;
            const std::int64_t wider = width_ % count;
            for (const auto& [each, tile_count] :
                 {std::pair(width_ / count + 1, wider), std::pair(width_ / count, count - wider)}) {
                if (tile_count > 0) {
                    tile.count = tile_count;
                    functions[each - 1](tile);
                    tile.a += results(each * tile_count) * tile.a_row;
                    tile.c += each * tile_count * tile.c_row;
                }
            }
        }
    }

    const FloatIsa& isa_;
    PlanarConvolution whole_;
    std::int64_t taps_;
    std::int64_t lines_;  // of the output
    std::int64_t width_;
    bool padded_;
    Slot src_;
    Slot weights_;
    std::optional<Slot> bias_;
    Slot dst_;
    std::int64_t slices_;
    std::int64_t lines_per_copy_;
    std::int64_t copied_width_;
    std::int64_t copied_plane_;
    std::vector<std::int32_t> offsets_;
};

}  // namespace

bool planar_convolution_takes(const PlanarConvolution& convolution) {
    constexpr std::int64_t most = INT32_MAX;
    const auto fits = [](const PlanarDimension& dimension) {
        return dimension.input < most / 4 && dimension.stride < most / 4 && dimension.pad_begin >= 0 &&
               dimension.pad_begin < most / 4 && dimension.dilation * dimension.kernel < most / 4;
    };
    const bool fills_tiles = convolution.columns.output > 1;
    return float_isa() != nullptr && fills_tiles && fits(convolution.rows) && fits(convolution.columns) &&
           convolution.channels <= 4 &&
           (lines_under(convolution.rows, convolution.rows.output) + convolution.rows.input) <
               most / convolution.channels /
                   (lines_under(convolution.columns, convolution.columns.output) + convolution.columns.input +
                    convolution.columns.pad_begin);
}

std::unique_ptr<Step> make_planar_convolution_step(const PlanarConvolution& convolution, Slot src, Slot weights,
                                                   std::optional<Slot> bias, Slot dst) {
    return std::make_unique<PlanarConvolutionStep>(convolution, src, weights, bias, dst);
}

}  // namespace onecnn::core
