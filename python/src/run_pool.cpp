// SPDX-License-Identifier: Apache-2.0
#include "run_pool.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace onecnn::python {
namespace {

std::size_t most_waiting() { return std::max<std::size_t>(std::thread::hardware_concurrency(), 4); }

}  // namespace

// Reserved, so that giving back allocates nothing.
RunPool::RunPool(Model model) : model_(std::move(model)) { waiting_.reserve(most_waiting()); }

Run RunPool::take() {
    {
        const std::lock_guard lock(mutex_);
        if (!waiting_.empty()) {
            Run run = std::move(waiting_.back());
            waiting_.pop_back();
            return run;
        }
    }
    return Run(model_);
}

void RunPool::give_back(Run run) {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < waiting_.capacity()) {
        waiting_.push_back(std::move(run));
    }
}

void RunPool::clear() {
    std::vector<Run> dropped;
    dropped.reserve(most_waiting());
    const std::lock_guard lock(mutex_);
    waiting_.swap(dropped);
}

}  // namespace onecnn::python
