// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/tensor.h"

namespace onecnn::core {

class Datum;

/// Values in an order. Each is of any kind.
using Sequence = std::vector<Datum>;

/// Keys, int64 or strings, and the value of each: two tensors of rank 1 and the same size.
struct Map {
    Tensor keys;
    Tensor values;
};

/// What a value of a graph holds in a run: a tensor, a sequence, a map, or nothing where it is optional. Copies share it.
class Datum {
public:
    Datum() = default;
    Datum(Tensor tensor) : held_(std::move(tensor)) {}  // NOLINT(google-explicit-constructor)
    Datum(Sequence sequence) : held_(std::make_shared<const Sequence>(std::move(sequence))) {}  // NOLINT
    Datum(Map map) : held_(std::make_shared<const Map>(std::move(map))) {}                      // NOLINT

    [[nodiscard]] bool is_nothing() const { return std::holds_alternative<std::monostate>(held_); }

    /// Null when it holds something else.
    [[nodiscard]] const Tensor* tensor() const { return std::get_if<Tensor>(&held_); }
    [[nodiscard]] const Sequence* sequence() const { return get_shared<Sequence>(); }
    [[nodiscard]] const Map* map() const { return get_shared<Map>(); }

    /// Whether it is a tensor whose elements lie in memory as they are, so that steps may work on it.
    [[nodiscard]] bool is_plain() const { return tensor() != nullptr && tensor()->dtype() != DType::string; }

    /// What it takes, with what strings hold.
    [[nodiscard]] std::size_t bytes() const;

private:
    template <typename T>
    [[nodiscard]] const T* get_shared() const {
        const auto* held = std::get_if<std::shared_ptr<const T>>(&held_);
        return held == nullptr ? nullptr : held->get();
    }

    std::variant<std::monostate, Tensor, std::shared_ptr<const Sequence>, std::shared_ptr<const Map>> held_;
};

/// "float32[2, 3]", "a sequence of 4", for messages.
[[nodiscard]] std::string describe(const Datum& datum);

}  // namespace onecnn::core
