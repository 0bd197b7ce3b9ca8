// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "ops/execute_context.h"
#include "ops/label_mapping.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

/// The place of each key in the vocabulary.
std::vector<std::size_t> places(const Node& node, const Tensor& keys) {
    std::vector<std::size_t> places;
    const auto find_all = [&]<typename T>(std::span<const T> all, const auto& vocabulary) {
        for (const T& key : all) {
            places.push_back(vocabulary.find(key));
        }
    };
    if (keys.dtype() == DType::string) {
        const auto words = required_attribute<std::vector<std::string>>(node, "string_vocabulary");
        find_all(keys.as<std::string>(), StringKeys(words));
    } else {
        const auto numbers = required_attribute<std::vector<std::int64_t>>(node, "int64_vocabulary");
        find_all(keys.as<std::int64_t>(), NumberKeys(Tensor::from<std::int64_t>(numbers)));
    }
    return places;
}

std::size_t vocabulary_size(const Node& node, const Tensor& keys) {
    return keys.dtype() == DType::string
               ? required_attribute<std::vector<std::string>>(node, "string_vocabulary").size()
               : required_attribute<std::vector<std::int64_t>>(node, "int64_vocabulary").size();
}

/// Keys that the vocabulary lacks are left out, as ONNX Runtime leaves them.
void execute(ExecuteContext& context) {
    const Map* map = context.input(0).map();
    if (map == nullptr) {
        context.invalid("input 0 is ", describe(context.input(0)), ", expected a map");
    }
    const std::size_t width = vocabulary_size(context.node(), map->keys);
    const auto found = places(context.node(), map->keys);
    Tensor y(map->values.dtype(), {1, static_cast<std::int64_t>(width)});
    if (y.dtype() == DType::string) {
        for (std::size_t i = 0; i < found.size(); ++i) {
            if (found[i] < width) {
                y.as<std::string>()[found[i]] = map->values.as<std::string>()[i];
            }
        }
        return context.set_output(0, std::move(y));
    }
    const auto size = static_cast<std::size_t>(bits(y.dtype()) / 8);
    std::fill_n(y.data(), y.bytes(), std::byte{0});
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i] < width) {
            std::memcpy(y.data() + found[i] * size, map->values.data() + i * size, size);
        }
    }
    context.set_output(0, std::move(y));
}

const Registration dict_vectorizer{{"ai.onnx.ml", "DictVectorizer", 1, 1, 1, {}, nullptr, nullptr, execute}};

}  // namespace

}  // namespace onecnn::core
