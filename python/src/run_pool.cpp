// SPDX-License-Identifier: Apache-2.0
#include "run_pool.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace onecnn::python {

RunPool::RunPool(Model model) : model_(std::move(model)) {
    // As many as can work at once, and room for a caller that comes while another is served. Reserved, so that giving back
    // allocates nothing.
    waiting_.reserve(static_cast<std::size_t>(std::max<std::int64_t>(model_.stat("threads"), 2)));
}

Run RunPool::take() {
    if (waiting_.empty()) {
        return Run(model_);
    }
    Run run = std::move(waiting_.back());
    waiting_.pop_back();
    return run;
}

void RunPool::give_back(Run run) {
    if (waiting_.size() < waiting_.capacity()) {
        waiting_.push_back(std::move(run));
    }
}

void RunPool::clear() { waiting_.clear(); }

}  // namespace onecnn::python
