// SPDX-License-Identifier: Apache-2.0
#include "ops/execute_context.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void infer_identity(InferContext& context) { context.set_output(0, context.dtype(0), context.shape(0)); }

void lower_identity(LowerContext& context) { context.alias(0, 0); }

void execute_identity(ExecuteContext& context) { context.set_output(0, context.input(0)); }

const Registration identity{{"", "Identity", 1, 1, 1, {}, infer_identity, lower_identity, execute_identity}};

}  // namespace

}  // namespace onecnn::core
