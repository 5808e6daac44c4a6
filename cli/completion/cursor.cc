#include "cli/completion/cursor.h"

#include <algorithm>
#include <string_view>

namespace lab::cli {
namespace {

bool HasName(const Parameter& option, std::string_view name) {
  return std::find(option.names.begin(), option.names.end(), name) != option.names.end();
}

// Walks over the words before the cursor.
class Walk {
 public:
  explicit Walk(const Description& labctl) {
    cursor_.command = &labctl;
    cursor_.path = {&labctl};
  }

  void Pass(const std::string& word) {
    if (awaiting_ != nullptr) {
      cursor_.given[awaiting_].push_back(word);
      awaiting_ = nullptr;
    } else if (!only_words_ && word == "--") {
      only_words_ = true;
    } else if (!only_words_ && word.size() > 1 && word.front() == '-') {
      PassOption(word);
    } else if (const Description* inner = CommandNamed(word)) {
      cursor_.command = inner;
      cursor_.path.push_back(inner);
    } else if (const Parameter* parameter = NextWord()) {
      cursor_.given[parameter].push_back(word);
    }
  }

  Cursor End(const std::string& word) {
    cursor_.typed = word;
    if (awaiting_ != nullptr) {
      cursor_.parameter = awaiting_;
      return std::move(cursor_);
    }
    const bool dash = !only_words_ && !word.empty() && word.front() == '-';
    size_t equals = word.find('=');
    if (dash && equals != std::string::npos) {
      const Parameter* option = FindOption(word.substr(0, equals));
      if (option == nullptr || option->value.empty()) return std::move(cursor_);
      cursor_.parameter = option;
      cursor_.before = word.substr(0, equals + 1);
      cursor_.typed = word.substr(equals + 1);
      return std::move(cursor_);
    }
    cursor_.option_name = dash;
    if (dash) return std::move(cursor_);
    cursor_.command_name = !only_words_ && !cursor_.command->commands.empty();
    cursor_.parameter = NextWord();
    // Where nothing else may stand, options are what is left.
    cursor_.option_name = !only_words_ && !cursor_.command_name && cursor_.parameter == nullptr;
    return std::move(cursor_);
  }

 private:
  // "--name", "--name=value", "-n", "-nVALUE", "-abc"
  void PassOption(const std::string& word) {
    if (word[1] != '-') return PassShort(word);
    size_t equals = word.find('=');
    const Parameter* option = FindOption(word.substr(0, equals));
    if (option == nullptr) return;
    std::vector<std::string>& values = cursor_.given[option];
    if (option->value.empty()) return;
    if (equals != std::string::npos) {
      values.push_back(word.substr(equals + 1));
    } else {
      awaiting_ = option;
    }
  }

  void PassShort(const std::string& word) {
    for (size_t i = 1; i < word.size(); ++i) {
      const Parameter* option = FindOption(std::string("-") + word[i]);
      if (option == nullptr) return;
      std::vector<std::string>& values = cursor_.given[option];
      if (option->value.empty()) continue;
      if (i + 1 < word.size()) {
        values.push_back(word.substr(i + 1));
      } else {
        awaiting_ = option;
      }
      return;
    }
  }

  // An option of the command or of one above it.
  const Parameter* FindOption(const std::string& name) const {
    for (auto one = cursor_.path.rbegin(); one != cursor_.path.rend(); ++one) {
      for (const Parameter& option : (*one)->options) {
        if (HasName(option, name)) return &option;
      }
    }
    return nullptr;
  }

  const Description* CommandNamed(const std::string& word) const {
    if (only_words_) return nullptr;
    for (const Description& inner : cursor_.command->commands) {
      if (inner.name == word || (!inner.alias.empty() && inner.alias == word)) return &inner;
    }
    return nullptr;
  }

  // The next word that the command takes; null if it takes no more.
  const Parameter* NextWord() const {
    for (const Parameter& word : cursor_.command->words) {
      if (word.many || cursor_.given.find(&word) == cursor_.given.end()) return &word;
    }
    return nullptr;
  }

  Cursor cursor_;
  const Parameter* awaiting_ = nullptr;  // an option whose value comes next
  bool only_words_ = false;              // after "--"
};

}  // namespace

std::string Cursor::Job() const {
  for (const Parameter& word : command->words) {
    auto found = given.find(&word);
    if (word.offer.kind == OfferKind::kJobs && found != given.end() && !found->second.empty()) {
      return found->second.front();
    }
  }
  return "";
}

Cursor FindCursor(const Description& labctl, const std::vector<std::string>& words) {
  Walk walk(labctl);
  for (size_t i = 0; i + 1 < words.size(); ++i) walk.Pass(words[i]);
  return walk.End(words.back());
}

}  // namespace lab::cli
