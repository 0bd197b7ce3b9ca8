// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "runtime/plan.h"

namespace onecnn::core {

/// What a plan is made for: the dtypes and shapes of all inputs, and the elements of those that decide shapes. An input that is no
/// tensor has dtype undefined; it and one of strings have shape [].
struct PlanKey {
    std::vector<DType> dtypes;
    std::vector<Shape> shapes;
    std::vector<Tensor> elements;  ///< of Program::value_inputs(), in that order

    [[nodiscard]] bool operator==(const PlanKey& other) const;

    /// What the key itself takes.
    [[nodiscard]] std::int64_t bytes() const;
};

/// Plans by key, the one longest unused thrown out first once they pass a number of bytes. Thread-safe.
class PlanCache {
public:
    struct Figures {
        std::int64_t plans = 0;
        std::int64_t bytes = 0;
        std::int64_t hits = 0;
        std::int64_t misses = 0;
        std::int64_t evictions = 0;
    };

    explicit PlanCache(std::int64_t max_bytes) : max_bytes_(max_bytes) {}

    /// The plan of this key, made by `make` when there is none. `make` runs unlocked: two threads may make one plan twice, and
    /// the first to finish is kept. A key with many elements is not kept: they are data, which hardly comes again.
    [[nodiscard]] std::shared_ptr<Plan> find_or_make(const PlanKey& key,
                                                     const std::function<std::shared_ptr<Plan>()>& make);

    /// The keys of the plans, the latest used first.
    [[nodiscard]] std::vector<PlanKey> keys() const;

    /// Drops every plan that nobody else holds.
    void clear();

    [[nodiscard]] Figures figures() const;

private:
    struct Hash {
        [[nodiscard]] std::size_t operator()(const PlanKey& key) const;
    };
    using Entry = std::pair<PlanKey, std::shared_ptr<Plan>>;

    /// Drops plans that nobody else holds, the newest excepted, until the rest is within the bound.
    void evict_over_bound();

    std::int64_t max_bytes_;
    mutable std::mutex mutex_;
    std::list<Entry> entries_;  // the latest used first
    std::unordered_map<PlanKey, std::list<Entry>::iterator, Hash> index_;
    Figures figures_;
};

}  // namespace onecnn::core
