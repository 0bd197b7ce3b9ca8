// SPDX-License-Identifier: Apache-2.0
#include "runtime/ways.h"

#include <algorithm>
#include <utility>

namespace onecnn::core {

std::string_view Ways::of(const std::string& node, std::span<const std::string_view> ways) {
    const std::lock_guard lock(mutex_);
    if (known_) {
        known_->try_emplace(node, ways.begin(), ways.end());
    }
    const auto chosen = chosen_.find(node);
    const auto found = chosen == chosen_.end() ? ways.end() : std::ranges::find(ways, chosen->second);
    return found == ways.end() ? ways.front() : *found;
}

void Ways::choose(const std::string& node, std::optional<std::string> way) {
    const std::lock_guard lock(mutex_);
    if (way) {
        chosen_.insert_or_assign(node, *std::move(way));
    } else {
        chosen_.erase(node);
    }
}

Ways::Chosen Ways::chosen() const {
    const std::lock_guard lock(mutex_);
    return chosen_;
}

void Ways::set_chosen(Chosen chosen) {
    const std::lock_guard lock(mutex_);
    chosen_ = std::move(chosen);
}

void Ways::listen() {
    const std::lock_guard lock(mutex_);
    known_.emplace();
}

Ways::Known Ways::heard() {
    const std::lock_guard lock(mutex_);
    return std::exchange(known_, std::nullopt).value_or(Known{});
}

}  // namespace onecnn::core
