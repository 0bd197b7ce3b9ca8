// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan_cache.h"

#include <cstring>
#include <iterator>
#include <string_view>

namespace onecnn::core {

namespace {

std::string_view bytes_of(const Tensor& tensor) {
    return {reinterpret_cast<const char*>(tensor.data()), tensor.bytes()};
}

constexpr std::int64_t max_key_bytes = 64 * 1024;

void mix(std::size_t& seed, std::size_t value) { seed ^= value + 0x9e3779b97f4a7c15U + (seed << 6U) + (seed >> 2U); }

}  // namespace

bool PlanKey::operator==(const PlanKey& other) const {
    if (dtypes != other.dtypes || shapes != other.shapes || elements.size() != other.elements.size()) {
        return false;
    }
    for (std::size_t i = 0; i < elements.size(); ++i) {
        if (elements[i].shape() != other.elements[i].shape() || bytes_of(elements[i]) != bytes_of(other.elements[i])) {
            return false;
        }
    }
    return true;
}

std::int64_t PlanKey::bytes() const {
    std::size_t bytes = sizeof(PlanKey);
    for (const Shape& shape : shapes) {
        bytes += sizeof(DType) + sizeof(Shape) + shape.size() * sizeof(std::int64_t);
    }
    for (const Tensor& tensor : elements) {
        bytes += sizeof(Tensor) + tensor.bytes();
    }
    return static_cast<std::int64_t>(2 * bytes);  // the list and its index have one each
}

std::size_t PlanCache::Hash::operator()(const PlanKey& key) const {
    std::size_t seed = key.shapes.size();
    for (const DType dtype : key.dtypes) {
        mix(seed, static_cast<std::size_t>(dtype));
    }
    for (const Shape& shape : key.shapes) {
        mix(seed, shape.size());
        for (const auto dim : shape) {
            mix(seed, static_cast<std::size_t>(dim));
        }
    }
    for (const Tensor& tensor : key.elements) {
        mix(seed, std::hash<std::string_view>{}(bytes_of(tensor)));
    }
    return seed;
}

std::shared_ptr<Plan> PlanCache::find_or_make(const PlanKey& key, const std::function<std::shared_ptr<Plan>()>& make) {
    const auto find = [&]() -> std::shared_ptr<Plan> {
        const auto found = index_.find(key);
        if (found == index_.end()) {
            return nullptr;
        }
        entries_.splice(entries_.begin(), entries_, found->second);
        return found->second->second;
    };
    {
        const std::lock_guard lock(mutex_);
        if (auto plan = find()) {
            ++figures_.hits;
            return plan;
        }
        ++figures_.misses;
    }
    auto made = make();
    if (key.bytes() > max_key_bytes) {
        return made;
    }
    const std::lock_guard lock(mutex_);
    if (auto plan = find()) {
        return plan;
    }
    entries_.emplace_front(key, made);
    index_.emplace(key, entries_.begin());
    evict_over_bound();
    return made;
}

void PlanCache::evict_over_bound() {
    std::int64_t bytes = 0;
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        const std::int64_t own = entry->first.bytes() + static_cast<std::int64_t>(entry->second->bytes());
        const bool newest = entry == entries_.begin();
        if (!newest && bytes + own > max_bytes_ && entry->second.use_count() == 1) {
            index_.erase(entry->first);
            entry = entries_.erase(entry);
            ++figures_.evictions;
        } else {
            bytes += own;
            ++entry;
        }
    }
}

std::vector<PlanKey> PlanCache::keys() const {
    const std::lock_guard lock(mutex_);
    std::vector<PlanKey> keys;
    for (const Entry& entry : entries_) {
        keys.push_back(entry.first);
    }
    return keys;
}

void PlanCache::clear() {
    const std::lock_guard lock(mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        if (entry->second.use_count() == 1) {
            index_.erase(entry->first);
            entry = entries_.erase(entry);
        } else {
            ++entry;
        }
    }
}

PlanCache::Figures PlanCache::figures() const {
    const std::lock_guard lock(mutex_);
    Figures figures = figures_;
    figures.plans = static_cast<std::int64_t>(entries_.size());
    for (const Entry& entry : entries_) {
        figures.bytes += entry.first.bytes() + static_cast<std::int64_t>(entry.second->bytes());
    }
    return figures;
}

}  // namespace onecnn::core
