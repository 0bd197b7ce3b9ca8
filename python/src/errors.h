// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace onecnn::python {

/// From here on an onecnn::Error that leaves a function of this module is raised as its class of onecnn._errors.
void translate_errors();

}  // namespace onecnn::python
