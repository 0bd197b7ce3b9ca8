// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/gate_function.h"
#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

enum class RecurrentKind { rnn, gru, lstm };

/// Its gates: RNN i; GRU z, r, h; LSTM i, o, f, c.
[[nodiscard]] std::int64_t gate_count(RecurrentKind kind);

/// How far apart time steps, directions and batch rows lie, in elements.
struct RecurrentStrides {
    std::int64_t step;
    std::int64_t direction;
    std::int64_t row;
};

/// One pass over the sequences.
struct RecurrentDirection {
    bool reverse;
    std::array<GateFunction, 3> functions;  ///< RNN f; GRU f, g; LSTM f, g, h
};

/// RNN, GRU or LSTM over a batch of sequences, by the equations of ONNX's pages.
struct Recurrent {
    RecurrentKind kind;
    DType dtype;
    std::int64_t steps;
    std::int64_t batch;
    std::int64_t input_size;
    std::int64_t hidden_size;
    std::vector<RecurrentDirection> directions;
    std::optional<double> clip;        ///< bounds what the gates' functions see
    bool linear_before_reset = false;  ///< GRU
    bool input_forget = false;         ///< LSTM: the forget gate is 1 − i
    RecurrentStrides x;
    RecurrentStrides y;
    RecurrentStrides state;   ///< of initial and last states
    bool row_by_row = false;  ///< a sequence's result does not depend on which others there are
    std::string node;         ///< as messages call it
};

struct RecurrentSlots {
    Slot x;
    Slot w;                       ///< [directions, gates · hidden, input]
    Slot r;                       ///< [directions, gates · hidden, hidden]
    std::optional<Slot> b;        ///< [directions, 2 · gates · hidden]
    std::optional<Slot> lengths;  ///< int32 [batch]
    std::optional<Slot> initial_h;
    std::optional<Slot> initial_c;
    std::optional<Slot> p;  ///< [directions, 3 · hidden]: of the gates i, o, f
    std::optional<Slot> y;
    std::optional<Slot> last_h;
    std::optional<Slot> last_c;
};

[[nodiscard]] std::unique_ptr<Step> make_recurrent_step(const Recurrent& recurrent, const RecurrentSlots& slots);

}  // namespace onecnn::core
