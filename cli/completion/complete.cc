#include "cli/completion/complete.h"

#include <algorithm>
#include <ostream>
#include <string_view>

#include "cli/command_line.h"
#include "cli/completion/cursor.h"
#include "cli/errors.h"

namespace lab::cli {
namespace {

// The value of --host before the cursor; "" if there is none.
std::string HostOf(const Cursor& cursor) {
  for (const auto& [parameter, values] : cursor.given) {
    if (parameter->names.back() == "--host" && !values.empty()) return values.back();
  }
  return "";
}

bool WasGiven(const Cursor& cursor, std::string_view option) {
  return std::any_of(cursor.given.begin(), cursor.given.end(),
                     [&](const auto& one) { return one.first->names.back() == option; });
}

// Options that may still come; short forms only where a long one is not asked for.
void AddOptions(const Cursor& cursor, std::vector<Candidate>* all) {
  for (auto command = cursor.path.rbegin(); command != cursor.path.rend(); ++command) {
    for (const Parameter& option : (*command)->options) {
      if (!option.many && cursor.given.count(&option) > 0) continue;
      if (std::any_of(option.excludes.begin(), option.excludes.end(),
                      [&](const std::string& other) { return WasGiven(cursor, other); })) {
        continue;
      }
      const std::string& longest = option.names.back();
      const std::string& name = longest.compare(0, cursor.typed.size(), cursor.typed) == 0
                                    ? longest
                                    : option.names.front();
      all->push_back({name, option.help});
    }
  }
}

void AddCommands(const Cursor& cursor, std::vector<Candidate>* all) {
  for (const Description& inner : cursor.command->commands) {
    all->push_back({inner.name, inner.summary});
    // An alias is offered to who types it.
    if (!inner.alias.empty() && !cursor.typed.empty()) {
      all->push_back({inner.alias, inner.summary});
    }
  }
}

void AddValues(const Cursor& cursor, LiveValues live, std::vector<Candidate>* all) {
  auto given = cursor.given.find(cursor.parameter);
  for (Candidate& one : live.At(cursor)) {
    bool again =
        given != cursor.given.end() &&
        std::find(given->second.begin(), given->second.end(), one.value) != given->second.end();
    if (again) continue;
    one.value = cursor.before + one.value;
    all->push_back(std::move(one));
  }
}

}  // namespace

Candidates Complete(const Description& labctl, std::vector<std::string> words,
                    const Environment& environment, LiveValues::TimePoint deadline) {
  Candidates candidates;
  if (words.empty()) words.push_back("");
  // "help COMMAND" is "COMMAND --help".
  if (words.size() > 1 && words.front() == "help") words.erase(words.begin());
  Cursor cursor = FindCursor(labctl, words);
  if (cursor.option_name) AddOptions(cursor, &candidates.all);
  if (cursor.command_name) AddCommands(cursor, &candidates.all);
  if (cursor.parameter != nullptr) {
    candidates.files = cursor.parameter->offer.files;
    AddValues(cursor, LiveValues(HostOf(cursor), environment, deadline), &candidates.all);
  }
  const std::string typed = cursor.before + cursor.typed;
  auto other = [&](const Candidate& one) { return one.value.compare(0, typed.size(), typed) != 0; };
  candidates.all.erase(std::remove_if(candidates.all.begin(), candidates.all.end(), other),
                       candidates.all.end());
  return candidates;
}

int PrintCandidates(const std::vector<std::string>& words, Terminal terminal,
                    const Environment& environment) {
  auto deadline = std::chrono::steady_clock::now() +
                  std::chrono::milliseconds(static_cast<int>(kCompletionSeconds * 1000));
  CommandLine line;
  Candidates candidates = Complete(line.description(), words, environment, deadline);
  *terminal.out << (candidates.files ? "files\n" : "words\n");
  for (const Candidate& one : candidates.all) {
    if (one.value.find_first_of("\t\n") != std::string::npos) continue;
    std::string text = ForTerminal(one.text, /*lines=*/false);
    std::replace(text.begin(), text.end(), '\t', ' ');
    *terminal.out << one.value << '\t' << text << '\n';
  }
  *terminal.out << std::flush;
  return kOk;
}

}  // namespace lab::cli
