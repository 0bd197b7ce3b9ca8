// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <numeric>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "kernels/convert.h"
#include "ops/execute_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

DType result_dtype(const Node& node) {
    const auto text = attribute<std::string>(node, "cast_to", "TO_FLOAT");
    if (text == "TO_FLOAT") {
        return DType::float32;
    }
    if (text == "TO_INT64") {
        return DType::int64;
    }
    if (text == "TO_STRING") {
        return DType::string;
    }
    fail(ErrorCode::invalid_model, describe(node), ": cast_to is '", text,
         "', expected TO_FLOAT, TO_INT64 or TO_STRING");
}

bool is_sparse(const Node& node) {
    const auto text = attribute<std::string>(node, "map_form", "DENSE");
    if (text != "DENSE" && text != "SPARSE") {
        fail(ErrorCode::invalid_model, describe(node), ": map_form is '", text, "', expected DENSE or SPARSE");
    }
    return text == "SPARSE";
}

constexpr std::size_t none = SIZE_MAX;

/// Which of the map's values each element of the result is; `none` for 0.
std::vector<std::size_t> sources(const ExecuteContext& context, std::span<const std::int64_t> keys) {
    if (is_sparse(context.node())) {
        constexpr std::int64_t most = std::int64_t{1} << 24;
        const auto width = attribute<std::int64_t>(context.node(), "max_map", 1);
        if (width < 1 || width > most) {
            context.invalid("max_map is ", width, ", expected 1 to ", most);
        }
        std::vector<std::size_t> sources(static_cast<std::size_t>(width), none);
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (keys[i] < 0) {
                context.invalid("key ", keys[i], " is below 0");
            }
            if (keys[i] < width) {
                sources[static_cast<std::size_t>(keys[i])] = i;
            }
        }
        return sources;
    }
    std::vector<std::size_t> sources(keys.size());
    std::iota(sources.begin(), sources.end(), std::size_t{0});
    std::ranges::sort(sources, {}, [&](std::size_t i) { return keys[i]; });
    return sources;
}

template <typename T>
T parsed(const ExecuteContext& context, const std::string& text) {
    T value{};
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stopped != end) {
        context.invalid("'", text, "' is no number that its result's type holds");
    }
    return value;
}

/// A value of the map in the result's type. Numbers in words have six digits behind the point, as ONNX Runtime writes them.
template <typename To, typename From>
To cast(const ExecuteContext& context, const From& value) {
    if constexpr (std::is_same_v<To, From>) {
        return value;
    } else if constexpr (std::is_same_v<To, std::string>) {
        return std::to_string(value);
    } else if constexpr (std::is_same_v<From, std::string>) {
        return parsed<To>(context, value);
    } else {
        To result{};
        conversion(dtype_of<From>, dtype_of<To>)(reinterpret_cast<const std::byte*>(&value),
                                                 reinterpret_cast<std::byte*>(&result), 1);
        return result;
    }
}

template <typename To, typename From>
void cast_values(ExecuteContext& context, const Map& map) {
    const auto values = map.values.as<From>();
    const auto from = sources(context, map.keys.as<std::int64_t>());
    Tensor y(dtype_of<To>, {1, static_cast<std::int64_t>(from.size())});
    std::ranges::transform(from, y.as<To>().begin(), [&](std::size_t i) {
        if constexpr (std::is_same_v<To, std::string>) {
            return i == none ? To("0.f") : cast<To>(context, values[i]);  // ONNX Runtime's word for nothing
        } else {
            return i == none ? To{0} : cast<To>(context, values[i]);
        }
    });
    context.set_output(0, std::move(y));
}

template <typename From>
void cast_from(ExecuteContext& context, const Map& map) {
    switch (result_dtype(context.node())) {
        case DType::int64: return cast_values<std::int64_t, From>(context, map);
        case DType::string: return cast_values<std::string, From>(context, map);
        default: return cast_values<float, From>(context, map);
    }
}

void execute(ExecuteContext& context) {
    const Map* map = context.input(0).map();
    const bool takes = map != nullptr && map->keys.dtype() == DType::int64 &&
                       (map->values.dtype() == DType::float32 || map->values.dtype() == DType::string);
    if (!takes) {
        context.invalid("input 0 is ", describe(context.input(0)), ", expected a map of int64 to float32 or string");
    }
    if (map->values.dtype() == DType::string) {
        return cast_from<std::string>(context, *map);
    }
    cast_from<float>(context, *map);
}

const Registration cast_map{{"ai.onnx.ml", "CastMap", 1, 1, 1, {}, nullptr, nullptr, execute}};

}  // namespace

}  // namespace onecnn::core
