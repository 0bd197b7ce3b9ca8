// SPDX-License-Identifier: Apache-2.0
#include "runtime/cpu_limits.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

namespace onecnn::core {

namespace {

int ceil_divide(long long quota, long long period) {
    return quota > 0 && period > 0 ? static_cast<int>(std::min(1'000'000LL, (quota + period - 1) / period)) : 0;
}

int stricter(int a, int b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); }

/// cgroup v2: "max 100000" or "150000 100000".
int quota_v2(const std::filesystem::path& group) {
    std::ifstream file(group / "cpu.max");
    std::string quota;
    long long period = 0;
    if (!(file >> quota >> period) || quota == "max") {
        return 0;
    }
    long long microseconds = 0;
    return std::istringstream(quota) >> microseconds ? ceil_divide(microseconds, period) : 0;
}

/// cgroup v1: −1 is no quota.
int quota_v1(const std::filesystem::path& group) {
    long long quota = 0;
    long long period = 0;
    std::ifstream(group / "cpu.cfs_quota_us") >> quota;
    std::ifstream(group / "cpu.cfs_period_us") >> period;
    return ceil_divide(quota, period);
}

/// The strictest quota from `group` up to `root`.
int strictest(std::filesystem::path group, const std::filesystem::path& root,
              int (*quota)(const std::filesystem::path&)) {
    int least = quota(root);
    while (group != root && group.has_relative_path()) {
        least = stricter(least, quota(group));
        group = group.parent_path();
    }
    return least;
}

bool lists_cpu(const std::string& controllers) {
    std::istringstream list(controllers);
    for (std::string controller; std::getline(list, controller, ',');) {
        if (controller == "cpu") {
            return true;
        }
    }
    return false;
}

int affinity_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        return std::max(1, CPU_COUNT(&set));
    }
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

int cgroup_cpus(const std::filesystem::path& proc, const std::filesystem::path& sys) {
    const std::filesystem::path mount = sys / "fs" / "cgroup";
    int least = 0;
    // Lines are "id:controllers:/path"; version 2 has id 0 and no controllers.
    std::ifstream groups(proc / "self" / "cgroup");
    for (std::string line; std::getline(groups, line);) {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) {
            continue;
        }
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const std::filesystem::path group = std::filesystem::path(line.substr(second + 1)).relative_path();
        if (controllers.empty()) {
            least = stricter(least, strictest((mount / group).lexically_normal(), mount, quota_v2));
        } else if (lists_cpu(controllers)) {
            const std::filesystem::path root = mount / "cpu";
            least = stricter(least, strictest((root / group).lexically_normal(), root, quota_v1));
        }
    }
    return least;
}

int usable_cpus() { return std::max(1, stricter(affinity_cpus(), cgroup_cpus("/proc", "/sys"))); }

}  // namespace onecnn::core
