// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "compiled/fields.h"
#include "graph/graph.h"
#include "runtime/program.h"

namespace onecnn::core::compiled {

/// Writes values one after another, and notes the memory of their tensors, which goes elsewhere in the file.
class Writer {
public:
    /// `bodies` has the graphs of subgraphs, whose own are empty once a model runs them.
    explicit Writer(const Bodies& bodies) : bodies_(bodies) {}

    template <typename... T>
    void operator()(const T&... values) {
        (put(values), ...);
    }

    [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }

    /// The memory of the tensors written so far; their places in this list stand for it.
    [[nodiscard]] const std::vector<std::span<const std::byte>>& blobs() const { return blobs_; }

private:
    template <typename T>
    void put(const T& value) {
        fields(*this, value);
    }
    template <typename T>
        requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
    void put(const T& value) {
        append(std::as_bytes(std::span(&value, 1)));
    }
    void put(const std::string& text) {
        put(std::uint64_t{text.size()});
        append(std::as_bytes(std::span(text)));
    }
    template <typename T>
    void put(const std::vector<T>& values) {
        put(std::uint64_t{values.size()});
        for (const T& value : values) {
            put(value);
        }
    }
    template <typename T>
    void put(const std::optional<T>& value) {
        put(static_cast<std::uint8_t>(value.has_value()));
        if (value) {
            put(*value);
        }
    }
    template <typename A, typename B>
    void put(const std::pair<A, B>& pair) {
        (*this)(pair.first, pair.second);
    }
    void put(const std::map<std::string, Attribute, std::less<>>& attributes) {
        put(std::uint64_t{attributes.size()});
        for (const auto& [name, attribute] : attributes) {
            (*this)(name, static_cast<std::uint8_t>(attribute.index()));
            std::visit([this](const auto& held) { put(held); }, attribute);
        }
    }
    void put(const std::shared_ptr<const ValueType>& element);
    void put(const std::shared_ptr<Subgraph>& subgraph);
    void put(const Graph& graph);
    void put(const Tensor& tensor);

    void append(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

    const Bodies& bodies_;
    std::vector<std::byte> bytes_;
    std::vector<std::span<const std::byte>> blobs_;
    std::map<std::pair<const std::byte*, std::size_t>, std::uint64_t> known_blobs_;
};

}  // namespace onecnn::core::compiled
