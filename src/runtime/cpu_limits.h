// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace onecnn::core {

/// CPUs that this process may use: its affinity, or less where a cgroup's quota allows less; at least 1.
[[nodiscard]] int usable_cpus();

/// The CPUs' worth of time that the quotas of a cgroup and its parents allow, rounded up; 0: no quota. `proc` and `sys` are
/// the roots of those file systems.
[[nodiscard]] int cgroup_cpus(const std::filesystem::path& proc, const std::filesystem::path& sys);

}  // namespace onecnn::core
