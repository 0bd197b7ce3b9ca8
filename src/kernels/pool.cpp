// SPDX-License-Identifier: Apache-2.0
#include "kernels/pool.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "kernels/float16.h"
#include "kernels/pool_taps.h"
#include "runtime/error.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

/// Counts through the coordinates of a box, last dimension fastest.
template <typename Size>
bool advance(std::array<std::int64_t, max_rank>& at, std::size_t rank, const Size& size) {
    for (std::size_t i = rank; i-- > 0;) {
        if (++at[i] < size(i)) {
            return true;
        }
        at[i] = 0;
    }
    return false;
}

/// One window position over all dimensions.
class WindowView {
public:
    explicit WindowView(const PoolShape& shape) : dimensions_(shape.dimensions), strides_{} {
        std::int64_t stride = 1;
        for (std::size_t i = dimensions_.size(); i-- > 0;) {
            strides_[i] = stride;
            stride *= dimensions_[i].input;
        }
    }

    /// The window at an output's coordinates, of which those before `from` are as they were.
    void move_to(const std::array<std::int64_t, max_rank>& output, std::size_t from) {
        for (std::size_t i = from; i < dimensions_.size(); ++i) {
            taps_[i] = taps_at(dimensions_[i], output[i]);
        }
    }

    /// Elements under the window, those of the padding included: six dimensions of 2³¹ are too many for an integer.
    [[nodiscard]] double padded_count() const {
        double count = 1;
        for (std::size_t i = 0; i < dimensions_.size(); ++i) {
            count *= static_cast<double>(taps_[i].padded);
        }
        return count;
    }

    /// Calls `visit` with the row-major index, in its plane, of each element under the window.
    template <typename Visit>
    void for_each(const Visit& visit) const {
        const std::size_t last = dimensions_.size() - 1;
        const auto size = [this](std::size_t i) { return taps_[i].count; };
        for (std::size_t i = 0; i <= last; ++i) {
            if (size(i) == 0) {
                return;
            }
        }
        std::array<std::int64_t, max_rank> at{};
        do {
            std::int64_t index = taps_[last].first;
            for (std::size_t i = 0; i < last; ++i) {
                index += (taps_[i].first + at[i] * dimensions_[i].dilation) * strides_[i];
            }
            for (std::int64_t tap = 0; tap < taps_[last].count; ++tap) {
                visit(index);
                index += dimensions_[last].dilation;
            }
        } while (advance(at, last, size));
    }

private:
    const std::vector<PoolDimension>& dimensions_;
    std::array<std::int64_t, max_rank> strides_;
    std::array<Taps, max_rank> taps_{};
};

/// Calls `visit(output index, window)` for every output of a plane.
template <typename Visit>
void for_each_window(const PoolShape& shape, const Visit& visit) {
    const std::size_t rank = shape.dimensions.size();
    const auto size = [&shape](std::size_t i) { return shape.dimensions[i].output; };
    WindowView window(shape);
    std::array<std::int64_t, max_rank> at{};
    std::int64_t index = 0;
    bool more = true;
    while (more) {
        // Only when the last coordinate starts again do the others move.
        window.move_to(at, at[rank - 1] == 0 ? 0 : rank - 1);
        visit(index++, window);
        more = advance(at, rank, size);
    }
}

struct PlaneSizes {
    std::int64_t input = 1;
    std::int64_t output = 1;
    std::int64_t kernel = 1;
};

PlaneSizes plane_sizes(const PoolShape& shape) {
    PlaneSizes sizes;
    for (const PoolDimension& dimension : shape.dimensions) {
        sizes.input = checked_multiply(sizes.input, dimension.input);
        sizes.output = checked_multiply(sizes.output, dimension.output);
        sizes.kernel = checked_multiply(sizes.kernel, std::clamp<std::int64_t>(dimension.input, 1, dimension.kernel));
    }
    return sizes;
}

/// A plane's row-major index counted in column-major order.
std::int64_t column_major(const PoolShape& shape, std::int64_t index) {
    std::int64_t result = 0;
    for (std::size_t i = shape.dimensions.size(); i-- > 0;) {
        const std::int64_t size = shape.dimensions[i].input;
        result = result * size + index % size;
        index /= size;
    }
    return result;
}

std::unique_ptr<FunctionStep> planes_step(std::string_view implementation, const PoolShape& shape,
                                          std::function<void(const Memory&, std::int64_t plane)> body) {
    const PlaneSizes sizes = plane_sizes(shape);
    const std::int64_t work_per_plane = checked_multiply(sizes.output, sizes.kernel);
    const std::int64_t planes = shape.planes;
    const std::int64_t slices = slices_for(planes, work_per_plane);
    auto step = std::make_unique<FunctionStep>(
        implementation, slices, [planes, slices, body = std::move(body)](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(planes, slices, slice);
            for (std::int64_t plane = range.begin; plane < range.end; ++plane) {
                body(memory, plane);
            }
        });
    step->work = checked_multiply(planes, work_per_plane);
    return step;
}

template <typename T>
inline constexpr bool is_half = std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>;

/// In which an element is compared and summed.
template <typename T>
using Computed = std::conditional_t<is_half<T>, float, T>;

template <typename T>
T lowest() {
    if constexpr (is_half<T>) {
        return std::bit_cast<T>(static_cast<std::uint16_t>(std::is_same_v<T, Float16> ? 0xFBFF : 0xFF7F));
    } else {
        return std::numeric_limits<T>::lowest();
    }
}

template <typename T>
std::unique_ptr<FunctionStep> max_pool(const PoolShape& shape, Slot src, std::optional<Slot> dst,
                                       std::optional<Slot> indices, IndexOrder order) {
    const PlaneSizes sizes = plane_sizes(shape);
    return planes_step("max_pool", shape, [=](const Memory& memory, std::int64_t plane) {
        const T* from = memory.at<const T>(src) + plane * sizes.input;
        T* to = dst ? memory.at<T>(*dst) + plane * sizes.output : nullptr;
        std::int64_t* places = indices ? memory.at<std::int64_t>(*indices) + plane * sizes.output : nullptr;
        for_each_window(shape, [&](std::int64_t output, const WindowView& window) {
            T best = lowest<T>();
            std::int64_t place = -1;
            window.for_each([&](std::int64_t index) {
                if (place < 0 || static_cast<Computed<T>>(from[index]) > static_cast<Computed<T>>(best)) {
                    best = from[index];
                    place = index;
                }
            });
            if (to != nullptr) {
                to[output] = best;
            }
            if (places != nullptr) {
                const std::int64_t counted = order == IndexOrder::row_major ? place : column_major(shape, place);
                places[output] = place < 0 ? -1 : plane * sizes.input + counted;
            }
        });
    });
}

template <typename T>
std::unique_ptr<FunctionStep> average_pool(const PoolShape& shape, bool include_padding, Slot src, Slot dst) {
    const PlaneSizes sizes = plane_sizes(shape);
    return planes_step("average_pool", shape, [=](const Memory& memory, std::int64_t plane) {
        const T* from = memory.at<const T>(src) + plane * sizes.input;
        T* to = memory.at<T>(dst) + plane * sizes.output;
        for_each_window(shape, [&](std::int64_t output, const WindowView& window) {
            Computed<T> sum = 0;
            double count = 0;
            window.for_each([&](std::int64_t index) {
                sum += static_cast<Computed<T>>(from[index]);
                ++count;
            });
            const double elements = include_padding ? window.padded_count() : count;
            to[output] = static_cast<T>(static_cast<Computed<T>>(static_cast<double>(sum) / elements));
        });
    });
}

template <typename T>
std::unique_ptr<FunctionStep> lp_pool(const PoolShape& shape, std::int64_t p, Slot src, Slot dst) {
    const PlaneSizes sizes = plane_sizes(shape);
    return planes_step("lp_pool", shape, [=](const Memory& memory, std::int64_t plane) {
        using A = Computed<T>;
        const T* from = memory.at<const T>(src) + plane * sizes.input;
        T* to = memory.at<T>(dst) + plane * sizes.output;
        const A power = static_cast<A>(p);
        for_each_window(shape, [&](std::int64_t output, const WindowView& window) {
            A sum = 0;
            window.for_each([&](std::int64_t index) {
                const A size = std::abs(static_cast<A>(from[index]));
                sum += p == 1 ? size : p == 2 ? size * size : std::pow(size, power);
            });
            to[output] = static_cast<T>(p == 1 ? sum : p == 2 ? std::sqrt(sum) : std::pow(sum, 1 / power));
        });
    });
}

/// Calls `function` with a value of the type that stores a floating-point dtype.
template <typename Function>
std::unique_ptr<FunctionStep> with_float(DType dtype, const Function& function) {
    switch (dtype) {
        case DType::float32: return function(float{});
        case DType::float64: return function(double{});
        case DType::float16: return function(Float16{});
        case DType::bfloat16: return function(BFloat16{});
        default: fail(ErrorCode::internal, "a pool of ", name(dtype));
    }
}

}  // namespace

bool average_pool_takes(DType dtype) {
    return dtype == DType::float32 || dtype == DType::float64 || dtype == DType::float16 || dtype == DType::bfloat16;
}

bool max_pool_takes(DType dtype) { return average_pool_takes(dtype) || dtype == DType::int8 || dtype == DType::uint8; }

std::unique_ptr<Step> make_max_pool_step(DType dtype, const PoolShape& shape, Slot src, std::optional<Slot> dst,
                                         std::optional<Slot> indices, IndexOrder order) {
    const auto of = [&]<typename T>(T) { return max_pool<T>(shape, src, dst, indices, order); };
    auto step = dtype == DType::int8    ? of(std::int8_t{})
                : dtype == DType::uint8 ? of(std::uint8_t{})
                                        : with_float(dtype, of);
    step->reads = {src};
    for (const auto& slot : {dst, indices}) {
        if (slot) {
            step->writes.push_back(*slot);
        }
    }
    return step;
}

std::unique_ptr<Step> make_average_pool_step(DType dtype, const PoolShape& shape, bool include_padding, Slot src,
                                             Slot dst) {
    auto step = with_float(dtype, [&]<typename T>(T) { return average_pool<T>(shape, include_padding, src, dst); });
    step->reads = {src};
    step->writes = {dst};
    return step;
}

std::unique_ptr<Step> make_lp_pool_step(DType dtype, const PoolShape& shape, std::int64_t p, Slot src, Slot dst) {
    auto step = with_float(dtype, [&]<typename T>(T) { return lp_pool<T>(shape, p, src, dst); });
    step->reads = {src};
    step->writes = {dst};
    return step;
}

}  // namespace onecnn::core
