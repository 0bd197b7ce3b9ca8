// SPDX-License-Identifier: Apache-2.0
#include "graph/attributes.h"

#include "runtime/error.h"

namespace onecnn::core {

namespace {

template <typename T>
constexpr std::string_view type_name = "";
template <>
constexpr std::string_view type_name<std::int64_t> = "an integer";
template <>
constexpr std::string_view type_name<float> = "a float";
template <>
constexpr std::string_view type_name<std::string> = "a string";
template <>
constexpr std::string_view type_name<Tensor> = "a tensor";
template <>
constexpr std::string_view type_name<std::vector<std::int64_t>> = "a list of integers";
template <>
constexpr std::string_view type_name<std::vector<float>> = "a list of floats";
template <>
constexpr std::string_view type_name<std::vector<std::string>> = "a list of strings";
template <>
constexpr std::string_view type_name<std::shared_ptr<Subgraph>> = "a graph";

}  // namespace

template <typename T>
std::optional<T> find_attribute(const Node& node, std::string_view name) {
    const auto found = node.attributes.find(name);
    if (found == node.attributes.end()) {
        return std::nullopt;
    }
    if (const T* value = std::get_if<T>(&found->second)) {
        return *value;
    }
    fail(ErrorCode::invalid_model, describe(node), ": attribute '", name, "' is not ", type_name<T>);
}

template <typename T>
T required_attribute(const Node& node, std::string_view name) {
    if (auto value = find_attribute<T>(node, name)) {
        return *std::move(value);
    }
    fail(ErrorCode::invalid_model, describe(node), ": attribute '", name, "' is missing");
}

#define ONECNN_INSTANTIATE(T)                                                   \
    template std::optional<T> find_attribute<T>(const Node&, std::string_view); \
    template T required_attribute<T>(const Node&, std::string_view);
ONECNN_INSTANTIATE(std::int64_t)
ONECNN_INSTANTIATE(float)
ONECNN_INSTANTIATE(std::string)
ONECNN_INSTANTIATE(Tensor)
ONECNN_INSTANTIATE(std::vector<std::int64_t>)
ONECNN_INSTANTIATE(std::vector<float>)
ONECNN_INSTANTIATE(std::vector<std::string>)
ONECNN_INSTANTIATE(std::shared_ptr<Subgraph>)
#undef ONECNN_INSTANTIATE

}  // namespace onecnn::core
