// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <onecnn/onecnn.hpp>
#include <vector>

namespace onecnn::python {

/// Runs of one model that wait for their next caller. It has no lock, which a fork could leave held in the child for ever: the
/// GIL must be held in every call, and guards it.
class RunPool {
public:
    explicit RunPool(Model model);

    /// A run that nobody else has.
    [[nodiscard]] Run take();

    /// Keeps a run for the next caller, or drops it when as many wait as the model has threads. What the run gave should have
    /// been let go of: it would stay for as long as the run waits.
    void give_back(Run run);

    /// Drops all that wait.
    void clear();

private:
    Model model_;
    std::vector<Run> waiting_;
};

}  // namespace onecnn::python
