// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace onecnn::core {

/// Held while a lock of this library's or of oneDNN's may be taken. A fork() waits until no other thread holds it, so that the
/// child, which has none of those threads, finds every lock free. Any number of threads hold it at once, and one may hold it
/// more than once; a run whose plan is ready does not need it.
class ForkGate {
public:
    ForkGate();
    ~ForkGate();
    ForkGate(const ForkGate&) = delete;
    ForkGate& operator=(const ForkGate&) = delete;
};

}  // namespace onecnn::core
