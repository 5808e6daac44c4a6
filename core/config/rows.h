#pragma once

// A described struct as a list of rows that point into it: the one place where templates meet
// Describe. Everything else (reading, writing, schema) is plain code over these rows. Pure
// functions, any thread; a Section must not outlive the struct it was made from.

#include <concepts>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/config/describe.h"

namespace lab {

// A pointer to one member.
using ValueRef =
    std::variant<bool*, int64_t*, double*, std::string*, std::optional<bool>*,
                 std::optional<int64_t>*, std::optional<double>*, std::optional<std::string>*,
                 AutoOr<bool>*, AutoOr<int64_t>*, AutoOr<double>*, AutoOr<std::string>*,
                 std::vector<bool>*, std::vector<int64_t>*, std::vector<double>*,
                 std::vector<std::string>*>;

struct Section;

// One Describe row: a value, or a section of its own.
struct Row {
  std::string name;  // within its section
  Info info;
  ValueRef value;                // meant if `section` is empty
  std::vector<Section> section;  // the nested struct; at most one
};

struct Section {
  std::vector<Row> rows;
  std::function<void(Checker&)> check;  // empty if the struct has no Check
};

// "optim.learning_rate" of "optim" and "learning_rate"; `name` alone at the top.
inline std::string JoinField(std::string_view prefix, std::string_view name) {
  if (prefix.empty()) return std::string(name);
  return std::string(prefix) + "." + std::string(name);
}

namespace config_internal {

template <class T, class Variant>
inline constexpr bool kIsAlternative = false;
template <class T, class... Alternatives>
inline constexpr bool kIsAlternative<T, std::variant<Alternatives...>> =
    (std::same_as<T, Alternatives> || ...);

struct AnyValue {
  template <class T>
  constexpr operator T() const;
};

// How many members an aggregate has: the longest list of values that initialises it. An optional
// takes nullopt, because AnyValue is ambiguous there.
template <class C, class... Filled>
consteval size_t MemberCount() {
  if constexpr (requires { C{std::declval<Filled>()..., std::declval<AnyValue>()}; }) {
    return MemberCount<C, Filled..., AnyValue>();
  } else if constexpr (requires { C{std::declval<Filled>()..., std::nullopt}; }) {
    return MemberCount<C, Filled..., std::nullopt_t>();
  } else {
    return sizeof...(Filled);
  }
}

struct RowCounter {
  size_t count = 0;
  template <class T>
  constexpr void operator()(std::string_view, T&, const Info&) {
    ++count;
  }
};

template <class C>
consteval size_t RowCount() {
  C config{};
  RowCounter counter;
  config.Describe(counter);
  return counter.count;
}

struct RowCollector;

}  // namespace config_internal

// The rows of `config`, pointing into it.
template <class C>
Section RowsOf(C& config);

namespace config_internal {

struct RowCollector {
  Section* section;

  template <class T>
  void operator()(std::string_view name, T& member, const Info& info) {
    Row row{std::string(name), info, {}, {}};
    if constexpr (kIsAlternative<T*, ValueRef>) {
      row.value = &member;
    } else {
      static_assert(std::is_aggregate_v<T>, "not a type that a config member may have");
      row.section.push_back(RowsOf(member));
    }
    section->rows.push_back(std::move(row));
  }
};

}  // namespace config_internal

template <class C>
Section RowsOf(C& config) {
  static_assert(config_internal::MemberCount<C>() == config_internal::RowCount<C>(),
                "each member of a config struct needs one Describe row");
  Section section;
  config_internal::RowCollector collector{&section};
  config.Describe(collector);
  if constexpr (requires(const C& described, Checker& check) { described.Check(check); }) {
    section.check = [&config](Checker& check) { std::as_const(config).Check(check); };
  }
  return section;
}

}  // namespace lab
