// SPDX-License-Identifier: Apache-2.0
// StringConcat, StringSplit and StringNormalizer.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "graph/attributes.h"
#include "kernels/broadcast_place.h"
#include "ops/execute_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void concat_strings(ExecuteContext& context) {
    const auto a = context.elements<std::string>(0);
    const auto b = context.elements<std::string>(1);
    const Shape& a_shape = context.tensor(0).shape();
    const Shape& b_shape = context.tensor(1).shape();
    Tensor result =
        context.make_tensor(DType::string, broadcast(a_shape, b_shape, onecnn::core::describe(context.node())));
    const auto to = result.as<std::string>();
    for (std::size_t i = 0; i < to.size(); ++i) {
        const auto place = static_cast<std::int64_t>(i);
        to[i] = a[static_cast<std::size_t>(broadcast_place(place, result.shape(), a_shape))] +
                b[static_cast<std::size_t>(broadcast_place(place, result.shape(), b_shape))];
    }
    context.set_output(0, std::move(result));
}

/// The parts of a text between delimiters, at most `most` cuts; an empty delimiter stands for any run of white space.
std::vector<std::string> split(std::string_view text, std::string_view delimiter, std::int64_t most) {
    constexpr std::string_view blanks = " \t\n\r\f\v";
    std::vector<std::string> parts;
    if (delimiter.empty()) {
        text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    }
    while (!(delimiter.empty() && text.empty())) {
        const std::size_t cut = delimiter.empty() ? text.find_first_of(blanks) : text.find(delimiter);
        if (cut == std::string_view::npos || static_cast<std::int64_t>(parts.size()) == most) {
            // A last part keeps the blanks inside it, not those at its end.
            const std::size_t end = delimiter.empty() ? text.find_last_not_of(blanks) + 1 : text.size();
            parts.emplace_back(text.substr(0, end));
            break;
        }
        parts.emplace_back(text.substr(0, cut));
        text.remove_prefix(cut + std::max<std::size_t>(delimiter.size(), 1));
        if (delimiter.empty()) {
            text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
        }
    }
    return parts;
}

void split_strings(ExecuteContext& context) {
    const auto texts = context.elements<std::string>(0);
    const auto delimiter = attribute<std::string>(context.node(), "delimiter", "");
    const auto most = attribute<std::int64_t>(context.node(), "maxsplit", -1);
    std::vector<std::vector<std::string>> parts;
    std::size_t width = 0;
    for (const std::string& text : texts) {
        parts.push_back(split(text, delimiter, most));
        width = std::max(width, parts.back().size());
    }
    Shape shape = context.tensor(0).shape();
    Tensor counts(DType::int64, shape);
    shape.push_back(static_cast<std::int64_t>(width));
    Tensor result = context.make_tensor(DType::string, std::move(shape));
    for (std::size_t i = 0; i < parts.size(); ++i) {
        counts.as<std::int64_t>()[i] = static_cast<std::int64_t>(parts[i].size());
        std::ranges::move(parts[i], result.as<std::string>().begin() + static_cast<std::ptrdiff_t>(i * width));
    }
    context.set_output(0, std::move(result));
    context.set_output(1, std::move(counts));
}

/// ASCII letters alone: what a locale makes of others differs between systems.
std::string with_case(std::string text, const std::string& action) {
    std::ranges::transform(text, text.begin(), [&](char c) {
        if (action == "LOWER" && c >= 'A' && c <= 'Z') {
            return static_cast<char>(c - 'A' + 'a');
        }
        return action == "UPPER" && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return text;
}

void normalize_strings(ExecuteContext& context) {
    const Node& node = context.node();
    const auto action = attribute<std::string>(node, "case_change_action", "NONE");
    const bool sensitive = attribute<std::int64_t>(node, "is_case_sensitive", 0) != 0;
    const auto listed = attribute<std::vector<std::string>>(node, "stopwords", {});
    const auto compared = [&](const std::string& text) { return sensitive ? text : with_case(text, "LOWER"); };
    std::set<std::string, std::less<>> stopwords;
    std::ranges::transform(listed, std::inserter(stopwords, stopwords.end()), compared);
    const Shape& shape = context.tensor(0).shape();
    if (shape.size() != 1 && !(shape.size() == 2 && shape[0] == 1)) {
        context.invalid("input 0 is ", describe(context.input(0)), ", expected [C] or [1, C]");
    }
    std::vector<std::string> kept;
    for (const std::string& text : context.elements<std::string>(0)) {
        if (!stopwords.contains(compared(text))) {
            kept.push_back(with_case(text, action));
        }
    }
    if (kept.empty()) {
        kept.emplace_back();
    }
    Shape result = shape;
    result.back() = static_cast<std::int64_t>(kept.size());
    context.set_output(0, Tensor::from(std::span<const std::string>(kept)).reshaped(std::move(result)));
}

const Registration string_concat{{"", "StringConcat", 2, 2, 1, {}, nullptr, nullptr, concat_strings}};
const Registration string_split{{"", "StringSplit", 1, 1, 2, {}, nullptr, nullptr, split_strings}};
const Registration string_normalizer{{"", "StringNormalizer", 1, 1, 1, {}, nullptr, nullptr, normalize_strings}};

}  // namespace

}  // namespace onecnn::core
