// SPDX-License-Identifier: Apache-2.0
#include "kernels/einsum.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "kernels/visit_dtype.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

/// Letters are labels, in the order of ASCII; what an ellipsis stands for follows them, counted from its last dimension.
constexpr std::size_t letters = 52;
constexpr std::size_t labels = letters + max_rank;

/// One term of the equation: labels, and where an ellipsis stands among them.
struct Term {
    std::vector<std::size_t> labels;
    std::optional<std::size_t> ellipsis;
};

struct Equation {
    std::vector<Term> operands;
    std::optional<Term> result;  ///< absent: what appears once, in ASCII's order
};

std::optional<std::size_t> label_of(char letter) {
    if (letter >= 'A' && letter <= 'Z') {
        return static_cast<std::size_t>(letter - 'A');
    }
    if (letter >= 'a' && letter <= 'z') {
        return static_cast<std::size_t>(letter - 'a') + letters / 2;
    }
    return std::nullopt;
}

char letter_of(std::size_t label) {
    return static_cast<char>(label < letters / 2 ? 'A' + static_cast<int>(label)
                                                 : 'a' + static_cast<int>(label - letters / 2));
}

/// What an equation, or a term of it, does not comply with.
[[noreturn]] void refuse(const Node& node, std::string_view why) {
    fail(ErrorCode::invalid_model, describe(node), ": equation '", required_attribute<std::string>(node, "equation"),
         "' ", why);
}

Term parse_term(const Node& node, std::string_view text) {
    Term term;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (const auto label = label_of(text[i])) {
            term.labels.push_back(*label);
        } else if (text.substr(i).starts_with("...") && !term.ellipsis) {
            term.ellipsis = term.labels.size();
            i += 2;
        } else {
            refuse(node, "has a term that is not letters and at most one ellipsis");
        }
    }
    return term;
}

Equation parse(const Node& node) {
    auto text = required_attribute<std::string>(node, "equation");
    std::erase(text, ' ');
    Equation equation;
    std::string_view operands = text;
    if (const auto arrow = operands.find("->"); arrow != std::string_view::npos) {
        equation.result = parse_term(node, operands.substr(arrow + 2));
        operands = operands.substr(0, arrow);
    }
    for (auto comma = operands.find(','); comma != std::string_view::npos; comma = operands.find(',')) {
        equation.operands.push_back(parse_term(node, operands.substr(0, comma)));
        operands.remove_prefix(comma + 1);
    }
    equation.operands.push_back(parse_term(node, operands));
    return equation;
}

/// The labels of a term's dimensions, the ellipsis standing for `hidden` of them.
std::vector<std::size_t> dimensions(const Term& term, std::size_t hidden) {
    std::vector<std::size_t> found = term.labels;
    if (term.ellipsis) {
        std::vector<std::size_t> behind;
        for (std::size_t i = hidden; i-- > 0;) {
            behind.push_back(letters + i);
        }
        found.insert(found.begin() + static_cast<std::ptrdiff_t>(*term.ellipsis), behind.begin(), behind.end());
    }
    return found;
}

/// What the equation means for operands of these shapes.
struct Meaning {
    std::array<std::int64_t, labels> sizes{};  ///< −1: there is no such label
    std::vector<std::vector<std::size_t>> operands;
    std::vector<std::size_t> result;
};

/// The result's labels where the equation does not say them.
std::vector<std::size_t> implicit_result(const Equation& equation, std::size_t hidden) {
    std::array<int, letters> uses{};
    for (const Term& term : equation.operands) {
        for (const std::size_t label : term.labels) {
            ++uses[label];
        }
    }
    Term result{{}, 0};
    for (std::size_t label = 0; label < letters; ++label) {
        if (uses[label] == 1) {
            result.labels.push_back(label);
        }
    }
    return dimensions(result, hidden);
}

void note_sizes(const Node& node, const Shape& shape, const std::vector<std::size_t>& found, Meaning& meaning) {
    for (std::size_t i = 0; i < shape.size(); ++i) {
        std::int64_t& size = meaning.sizes[found[i]];
        if (size < 0 || size == 1) {
            size = shape[i];
        } else if (shape[i] != 1 && shape[i] != size) {
            const std::string label = found[i] < letters ? std::string(1, letter_of(found[i])) : "...";
            refuse(node, concat("has sizes ", size, " and ", shape[i], " for '", label, "'"));
        }
    }
}

Meaning meaning_of(const Node& node, const std::vector<Shape>& shapes) {
    const Equation equation = parse(node);
    if (equation.operands.size() != shapes.size()) {
        refuse(node, concat("has ", equation.operands.size(), " terms for ", shapes.size(), " inputs"));
    }
    Meaning meaning;
    meaning.sizes.fill(-1);
    std::size_t hidden = 0;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        const Term& term = equation.operands[i];
        const std::size_t named = term.labels.size();
        if (named > shapes[i].size() || (!term.ellipsis && named < shapes[i].size())) {
            refuse(node, concat("has a term of ", named, " letters for input ", i, " of shape ", to_string(shapes[i])));
        }
        hidden = std::max(hidden, shapes[i].size() - named);
        meaning.operands.push_back(dimensions(term, shapes[i].size() - named));
        note_sizes(node, shapes[i], meaning.operands.back(), meaning);
    }
    meaning.result = equation.result ? dimensions(*equation.result, hidden) : implicit_result(equation, hidden);
    for (std::size_t i = 0; i < meaning.result.size(); ++i) {
        const auto begin = meaning.result.begin();
        if (std::find(begin, begin + static_cast<std::ptrdiff_t>(i), meaning.result[i]) !=
            begin + static_cast<std::ptrdiff_t>(i)) {
            refuse(node, "names a letter twice in its result");
        }
        if (meaning.sizes[meaning.result[i]] < 0) {
            refuse(node, "has a letter in its result that no operand has");
        }
    }
    return meaning;
}

template <typename Context>
std::vector<Shape> shapes_of(const Context& context) {
    std::vector<Shape> shapes;
    for (std::size_t i = 0; i < context.input_count(); ++i) {
        shapes.push_back(context.shape(i));
    }
    return shapes;
}

void infer(InferContext& context) {
    if (!visit_numeric(context.dtype(0), [](auto) {})) {
        context.invalid("input 0 is ", name(context.dtype(0)), ", expected a number");
    }
    for (std::size_t i = 1; i < context.input_count(); ++i) {
        context.require_same_dtype(i);
    }
    const Meaning meaning = meaning_of(context.node(), shapes_of(context));
    Shape result;
    for (const std::size_t label : meaning.result) {
        result.push_back(meaning.sizes[label]);
    }
    context.set_output(0, context.dtype(0), std::move(result));
}

/// A repeated label moves along the diagonal. Dimensions of 1 move nothing.
LabelStrides strides_of(const Shape& shape, const std::vector<std::size_t>& found) {
    LabelStrides strides(labels, 0);
    const Shape dense = row_major_strides(shape);
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] != 1) {
            strides[found[i]] += dense[i];
        }
    }
    return strides;
}

void lower(LowerContext& context) {
    const std::vector<Shape> shapes = shapes_of(context);
    const Meaning meaning = meaning_of(context.node(), shapes);
    Einsum einsum{.dtype = context.dtype(0),
                  .sizes = {meaning.sizes.begin(), meaning.sizes.end()},
                  .operands = {},
                  .operand_elements = {},
                  .result = strides_of(context.output_shape(0), meaning.result),
                  .result_elements = element_count(context.output_shape(0)),
                  .row_by_row = context.deterministic()};
    std::vector<Slot> operands;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        einsum.operands.push_back(strides_of(shapes[i], meaning.operands[i]));
        einsum.operand_elements.push_back(element_count(shapes[i]));
        operands.push_back(context.input(i));
    }
    const Slot result = context.output(0);
    if (std::ranges::find(einsum.operand_elements, 0) != einsum.operand_elements.end()) {
        const auto bytes = static_cast<std::int64_t>(byte_count(context.dtype(0), context.output_shape(0)));
        context.add_function("zeros", {}, {result}, 1, bytes, [=](const Memory& memory, std::int64_t) {
            std::fill_n(memory[result], bytes, std::byte{0});
        });
        return;
    }
    context.add(make_einsum_step(einsum, operands, result));
}

const Registration einsum_registration{{"", "Einsum", 1, any_number, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
