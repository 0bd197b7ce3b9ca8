// SPDX-License-Identifier: Apache-2.0
#include "ops/cast_strings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "kernels/visit_dtype.h"

namespace onecnn::core {

namespace {

template <typename T>
std::string text_of(T number) {
    if constexpr (std::is_floating_point_v<T>) {
        if (std::isnan(number)) {
            return "NaN";
        }
        if (std::isinf(number)) {
            return number > 0 ? "INF" : "-INF";
        }
    }
    constexpr std::size_t enough = 32;
    std::string text(enough, '\0');
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    text.resize(static_cast<std::size_t>(end - text.data()));
    return text;
}

template <typename T>
T number_of(const ExecuteContext& context, const std::string& text) {
    std::string_view digits = text;
    if (digits.starts_with('+')) {
        digits.remove_prefix(1);
    }
    T number{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) {
        context.invalid("'", text, "' is no number of the type it is cast to");
    }
    return number;
}

void from_strings(ExecuteContext& context, DType dtype) {
    const auto texts = context.elements<std::string>(0);
    Tensor result(dtype, context.tensor(0).shape());
    const bool known = visit_numeric(dtype, [&]<typename T>(T) {
        using Read = std::conditional_t<std::is_arithmetic_v<T>, T, float>;
        std::ranges::transform(texts, reinterpret_cast<T*>(result.data()),
                               [&](const std::string& text) { return static_cast<T>(number_of<Read>(context, text)); });
    });
    if (!known) {
        context.unsupported("a cast from string to ", name(dtype), " is not supported");
    }
    context.set_output(0, std::move(result));
}

void to_strings(ExecuteContext& context) {
    const Tensor& tensor = context.tensor(0);
    Tensor result(DType::string, tensor.shape());
    const auto write = [&]<typename T>(T) {
        using Written = std::conditional_t<std::is_arithmetic_v<T>, T, float>;
        const T* from = reinterpret_cast<const T*>(tensor.data());
        std::transform(from, from + tensor.size(), result.as<std::string>().begin(),
                       [](T number) { return text_of(static_cast<Written>(number)); });
    };
    if (tensor.dtype() == DType::boolean) {
        write(std::uint8_t{});
    } else if (!visit_numeric(tensor.dtype(), write)) {
        context.unsupported("a cast from ", name(tensor.dtype()), " to string is not supported");
    }
    context.set_output(0, std::move(result));
}

}  // namespace

void cast_strings(ExecuteContext& context, DType dtype) {
    const Tensor& tensor = context.tensor(0);
    if (tensor.dtype() == dtype) {
        context.set_output(0, tensor);
    } else if (dtype == DType::string) {
        to_strings(context);
    } else {
        from_strings(context, dtype);
    }
}

}  // namespace onecnn::core
