// SPDX-License-Identifier: Apache-2.0
#include "ops/execute_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void make(ExecuteContext& context) { context.set_output(0, context.has_input(0) ? context.input(0) : Datum()); }

void has_element(ExecuteContext& context) {
    Tensor answer(DType::boolean, {});
    answer.as<bool>()[0] = context.has_input(0) && !context.input(0).is_nothing();
    context.set_output(0, std::move(answer));
}

void get_element(ExecuteContext& context) {
    if (context.input(0).is_nothing()) {
        context.invalid("input 0 holds nothing");
    }
    context.set_output(0, context.input(0));
}

const Registration optional{{"", "Optional", 0, 1, 1, {}, nullptr, nullptr, make}};
const Registration optional_has_element{{"", "OptionalHasElement", 0, 1, 1, {}, nullptr, nullptr, has_element}};
const Registration optional_get_element{{"", "OptionalGetElement", 1, 1, 1, {}, nullptr, nullptr, get_element}};

}  // namespace

}  // namespace onecnn::core
