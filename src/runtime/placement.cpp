// SPDX-License-Identifier: Apache-2.0
#include "runtime/placement.h"

namespace onecnn::core {

void Placement::put(ValueId joined, const std::vector<Part>& parts) {
    const Inside whole = of(joined).value_or(Inside{joined, 0});
    for (const Part& part : parts) {
        auto& inside = inside_[static_cast<std::size_t>(part.id)];
        if (!inside) {
            inside = Inside{whole.owner, whole.channel + part.channel};
        }
    }
}

}  // namespace onecnn::core
