// SPDX-License-Identifier: Apache-2.0
#include "kernels/batch_normalization.h"

#include <cmath>

#include "kernels/convert.h"
#include "kernels/float16.h"

namespace onecnn::core {

namespace {

struct Moments {
    double mean;
    double variance;
};

/// Reads and writes the element of one channel as double.
class ChannelValue {
public:
    ChannelValue(Operand operand)
        : slot_(operand.slot),
          bytes_(bits(operand.dtype) / 8),
          read_(conversion(operand.dtype, DType::float64)),
          write_(conversion(DType::float64, operand.dtype)) {}

    [[nodiscard]] double get(const Memory& memory, std::int64_t channel) const {
        double value = 0;
        read_(memory[slot_] + channel * bytes_, reinterpret_cast<std::byte*>(&value), 1);
        return value;
    }
    void set(const Memory& memory, std::int64_t channel, double value) const {
        write_(reinterpret_cast<const std::byte*>(&value), memory[slot_] + channel * bytes_, 1);
    }

private:
    Slot slot_;
    std::int64_t bytes_;
    Convert read_;
    Convert write_;
};

/// T computes and Stored is what x and y are stored as.
template <typename T, typename Stored>
class ChannelRun {
public:
    explicit ChannelRun(const BatchNormalization& normalization)
        : n_(normalization),
          scale_(n_.scale),
          bias_(n_.bias),
          mean_(n_.mean),
          variance_(n_.variance),
          momentum_(n_.training ? static_cast<double>(n_.training->momentum) : 1) {
        if (n_.training && n_.training->running_mean) {
            running_mean_.emplace(*n_.training->running_mean);
        }
        if (n_.training && n_.training->running_variance) {
            running_variance_.emplace(*n_.training->running_variance);
        }
    }

    void operator()(const Memory& memory, std::int64_t channel) const {
        const Moments given{mean_.get(memory, channel), variance_.get(memory, channel)};
        const Moments used = n_.training ? measure(memory, channel) : given;
        const auto move = [&](double from, double to) { return from * momentum_ + to * (1 - momentum_); };
        if (running_mean_) {
            running_mean_->set(memory, channel, move(given.mean, used.mean));
        }
        if (running_variance_) {
            running_variance_->set(memory, channel, move(given.variance, used.variance));
        }
        const double deviation = std::sqrt(used.variance + static_cast<double>(n_.epsilon));
        const T factor = static_cast<T>(scale_.get(memory, channel) / deviation);
        const T mean = static_cast<T>(used.mean);
        const T bias = static_cast<T>(bias_.get(memory, channel));
        for_each_plane(memory, channel, [&](const Stored* from, std::int64_t offset) {
            std::transform(from, from + n_.pixels, memory.at<Stored>(n_.y.slot) + offset, [=](Stored value) {
                return static_cast<Stored>((static_cast<T>(value) - mean) * factor + bias);
            });
        });
    }

private:
    template <typename Function>
    void for_each_plane(const Memory& memory, std::int64_t channel, const Function& function) const {
        for (std::int64_t i = 0; i < n_.batch; ++i) {
            const std::int64_t offset = (i * n_.channels + channel) * n_.pixels;
            function(memory.at<const Stored>(n_.x.slot) + offset, offset);
        }
    }

    [[nodiscard]] Moments measure(const Memory& memory, std::int64_t channel) const {
        const auto count = static_cast<double>(n_.batch * n_.pixels);
        const auto average = [&](const auto& function) {
            double sum = 0;
            for_each_plane(memory, channel, [&](const Stored* from, std::int64_t) {
                for (std::int64_t i = 0; i < n_.pixels; ++i) {
                    sum += function(static_cast<double>(static_cast<T>(from[i])));
                }
            });
            return sum / count;
        };
        const double mean = average([](double value) { return value; });
        return {mean, average([=](double value) { return (value - mean) * (value - mean); })};
    }

    BatchNormalization n_;
    ChannelValue scale_;
    ChannelValue bias_;
    ChannelValue mean_;
    ChannelValue variance_;
    double momentum_;
    std::optional<ChannelValue> running_mean_;
    std::optional<ChannelValue> running_variance_;
};

template <typename T, typename Stored>
std::unique_ptr<Step> step_of(const BatchNormalization& normalization) {
    const std::int64_t work = normalization.batch * normalization.pixels * 8;
    const std::int64_t slices = slices_for(normalization.channels, work);
    auto step = std::make_unique<FunctionStep>(
        "batch_normalization", slices,
        [=, channels = normalization.channels, run = ChannelRun<T, Stored>(normalization)](const Memory& memory,
                                                                                           std::int64_t slice) {
            const Range range = slice_range(channels, slices, slice);
            for (std::int64_t channel = range.begin; channel < range.end; ++channel) {
                run(memory, channel);
            }
        });
    step->work = normalization.channels * work;
    return step;
}

}  // namespace

std::unique_ptr<Step> make_batch_normalization_step(const BatchNormalization& normalization) {
    std::unique_ptr<Step> step;
    switch (normalization.x.dtype) {
        case DType::float64: step = step_of<double, double>(normalization); break;
        case DType::float16: step = step_of<float, Float16>(normalization); break;
        case DType::bfloat16: step = step_of<float, BFloat16>(normalization); break;
        default: step = step_of<float, float>(normalization); break;
    }
    step->reads = {normalization.x.slot, normalization.scale.slot, normalization.bias.slot, normalization.mean.slot,
                   normalization.variance.slot};
    step->writes = {normalization.y.slot};
    if (const auto& training = normalization.training) {
        for (const auto& moment : {training->running_mean, training->running_variance}) {
            if (moment) {
                step->writes.push_back(moment->slot);
            }
        }
    }
    return step;
}

}  // namespace onecnn::core
