// SPDX-License-Identifier: Apache-2.0
#include "runtime/fork_gate.h"

#include <pthread.h>

#include <new>
#include <shared_mutex>

namespace onecnn::core {

namespace {

std::shared_mutex& gate() {
    // Never destroyed: a fork may come while the process exits.
    static std::shared_mutex* const mutex = [] {
        auto* made = new std::shared_mutex();  // NOLINT(cppcoreguidelines-owning-memory)
        pthread_atfork([] { gate().lock(); }, [] { gate().unlock(); },
                       // The child may not unlock what another thread id locked: it starts with a new one in its place.
                       [] { new (&gate()) std::shared_mutex(); });
        return made;
    }();
    return *mutex;
}

}  // namespace

ForkGate::ForkGate() { gate().lock_shared(); }

ForkGate::~ForkGate() { gate().unlock_shared(); }

}  // namespace onecnn::core
