// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "compiled/fields.h"
#include "graph/graph.h"

namespace onecnn::core::compiled {

/// InvalidModel: the file contradicts itself.
[[noreturn]] void damaged(std::string_view what);

/// Memory of constants.
struct Stored {
    std::shared_ptr<std::byte> storage;
    std::size_t bytes = 0;
    bool may_change = false;  ///< as a mapped file's does when somebody writes to it
};

/// Reads what a Writer wrote, whatever the bytes: what is not there or cannot be is InvalidModel. What only a graph as
/// a whole can tell, `verify` tells.
class Reader {
public:
    /// At most `max_nodes` nodes.
    Reader(std::span<const std::byte> bytes, std::int64_t max_nodes) : bytes_(bytes), nodes_left_(max_nodes) {}

    template <typename... T>
    void operator()(T&... values) {
        (get(values), ...);
    }

    /// The memory of the tensors that follow.
    void set_blobs(std::vector<Stored> blobs) { blobs_ = std::move(blobs); }

    /// Refuses bytes that are left.
    void finish() const;

private:
    template <typename T>
    void get(T& value) {
        fields(*this, value);
    }
    template <typename T>
        requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
    void get(T& value) {
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
    }
    void get(DType& dtype);
    void get(ValueType::Kind& kind);
    void get(std::string& text);
    template <typename T>
    void get(std::vector<T>& values) {
        // Grown as elements arrive: the number alone must not make the system give memory.
        for (std::uint64_t left = count(); left > 0; --left) {
            get(values.emplace_back());
        }
    }
    template <typename T>
    void get(std::optional<T>& value) {
        if (flag()) {
            get(value.emplace());
        }
    }
    template <typename A, typename B>
    void get(std::pair<A, B>& pair) {
        (*this)(pair.first, pair.second);
    }
    void get(std::map<std::string, Attribute, std::less<>>& attributes);
    void get(std::shared_ptr<const ValueType>& element);
    void get(std::shared_ptr<Subgraph>& subgraph);
    void get(Graph& graph);
    void get(Node& node);
    void get(Tensor& tensor);

    [[nodiscard]] std::span<const std::byte> take(std::size_t bytes);
    /// How many elements follow, each of which takes a byte at least.
    [[nodiscard]] std::uint64_t count();
    [[nodiscard]] bool flag();

    class Nesting;

    std::span<const std::byte> bytes_;
    std::int64_t nodes_left_;
    std::vector<Stored> blobs_;
    int depth_ = 0;
};

}  // namespace onecnn::core::compiled
