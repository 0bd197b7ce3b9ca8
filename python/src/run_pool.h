// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <onecnn/onecnn.hpp>
#include <vector>

namespace onecnn::python {

/// Runs of one model that wait for their next caller. Thread-safe.
class RunPool {
public:
    explicit RunPool(Model model);

    /// A run that nobody else has.
    [[nodiscard]] Run take();

    /// Keeps a run for the next caller, or drops it when there are as many as can work at once.
    void give_back(Run run);

    /// Drops all that wait.
    void clear();

private:
    Model model_;
    std::mutex mutex_;
    std::vector<Run> waiting_;
};

}  // namespace onecnn::python
