#include "daemon/remote/commands.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "core/base/status.h"
#include "core/base/strings.h"
#include "daemon/remote/identity.h"
#include "daemon/remote/tokens.h"

namespace lab {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kNotFound = 3;
constexpr int kConflict = 4;

constexpr char kHelp[] =
    "usage: labd token create [--name NAME] [--scope view|run|admin]\n"
    "       labd token list [--json]\n"
    "       labd token revoke NAME\n"
    "       labd fingerprint\n"
    "\n"
    "Tokens let other machines in where labd runs with --listen. A new one is printed once, on\n"
    "stdout; labd keeps only its hash. All of this works while labd runs.\n"
    "\n"
    "  view   look at the queue, series, logs, files of jobs, the machine\n"
    "  run    also submit and steer jobs and generate text (the default)\n"
    "  admin  also delete and end labd\n"
    "\n"
    "fingerprint prints what `labctl connect` shows of this labd's certificate: compare the two.\n";

// What stands after the command's two words.
struct Words {
  std::string name;  // of --name, or the bare word
  std::string scope = "run";
  bool json = false;
  std::string error;
};

Words ReadWords(const std::vector<std::string>& words, size_t from) {
  Words given;
  for (size_t i = from; i < words.size(); ++i) {
    std::string word = words[i];
    std::string value;
    size_t equals = word.find('=');
    bool has_value = word.compare(0, 2, "--") == 0 && equals != std::string::npos;
    if (has_value) {
      value = word.substr(equals + 1);
      word.resize(equals);
    }
    bool takes_value = word == "--name" || word == "--scope";
    if (takes_value && !has_value && i + 1 < words.size()) {
      value = words[++i];
      has_value = true;
    }
    if (takes_value && has_value) {
      (word == "--name" ? given.name : given.scope) = value;
    } else if (word == "--json" && !has_value) {
      given.json = true;
    } else if (!word.empty() && word.front() != '-' && given.name.empty()) {
      given.name = word;
    } else {
      given.error = StrCat("unknown or incomplete: ", words[i]);
    }
  }
  return given;
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "labd: %s\n", std::string(MessageOf(status)).c_str());
  if (absl::IsInvalidArgument(status)) return kUsage;
  if (absl::IsNotFound(status)) return kNotFound;
  return absl::IsAlreadyExists(status) || absl::IsFailedPrecondition(status) ? kConflict : kFailed;
}

int Usage(const std::string& error) {
  std::fprintf(stderr, "labd: %s\n%s", error.c_str(), kHelp);
  return kUsage;
}

// `text` on stdout; a secret that could not be printed is lost.
int Print(const std::string& text) {
  bool written = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  if (!written) std::fprintf(stderr, "labd: writing to stdout failed\n");
  return written ? kOk : kFailed;
}

int Create(const Places& places, const Words& given) {
  std::optional<Scope> scope = ScopeOfWord(given.scope);
  if (!scope) return Usage(StrCat("--scope is view, run or admin, not \"", given.scope, "\""));
  absl::StatusOr<CreatedToken> token = CreateToken(places.tokens(), given.name, *scope);
  if (!token.ok()) return Fail(token.status());
  std::fprintf(stderr, "token %s, scope %s; its secret is shown this once:\n", token->name.c_str(),
               given.scope.c_str());
  return Print(token->secret + "\n");
}

int List(const Places& places, const Words& given) {
  absl::StatusOr<std::vector<Token>> tokens = ReadTokens(places.tokens());
  if (!tokens.ok()) return Fail(tokens.status());
  if (given.json) {
    Json document = {{"schema_version", 1}, {"tokens", Json::array()}};
    for (const Token& token : *tokens) {
      document["tokens"].push_back({{"name", token.name},
                                    {"scope", ScopeWord(token.scope)},
                                    {"created_at", token.created_at}});
    }
    return Print(document.dump() + "\n");
  }
  if (tokens->empty()) {
    std::fprintf(stderr, "there are no tokens; make one with: labd token create --name laptop\n");
    return kOk;
  }
  size_t width = 4;
  for (const Token& token : *tokens) width = std::max(width, token.name.size());
  auto line = [width](std::string name, std::string_view scope, std::string_view created) {
    name.resize(width, ' ');
    std::string word(scope);
    word.resize(5, ' ');
    return StrCat(name, "  ", word, "  ", created, "\n");
  };
  std::string text = line("NAME", "SCOPE", "CREATED");
  for (const Token& token : *tokens) {
    text += line(token.name, ScopeWord(token.scope), token.created_at);
  }
  return Print(text);
}

int Revoke(const Places& places, const Words& given) {
  if (given.name.empty()) return Usage("which token? labd token list shows them");
  absl::Status status = RevokeToken(places.tokens(), given.name);
  if (!status.ok()) return Fail(status);
  return Print(StrCat("token ", given.name, " is revoked: its calls are refused from now on\n"));
}

int Fingerprint(const Places& places) {
  absl::StatusOr<Identity> identity = LoadOrMakeIdentity(places.identity());
  if (!identity.ok()) return Fail(identity.status());
  return Print(identity->fingerprint + "\n");
}

}  // namespace

bool IsRemoteCommand(const std::string& word) { return word == "token" || word == "fingerprint"; }

int RunRemoteCommand(const std::vector<std::string>& words, const Places& places) {
  if (std::find(words.begin(), words.end(), "--help") != words.end()) return Print(kHelp);
  if (absl::Status made = CreatePlaces(places); !made.ok()) return Fail(made);
  if (words.front() == "fingerprint") {
    return words.size() == 1 ? Fingerprint(places) : Usage("fingerprint takes no arguments");
  }
  std::string verb = words.size() > 1 ? words[1] : "";
  Words given = ReadWords(words, 2);
  if (!given.error.empty()) return Usage(given.error);
  if (verb == "create") return Create(places, given);
  if (verb == "list") return List(places, given);
  if (verb == "revoke") return Revoke(places, given);
  return Usage("token needs create, list or revoke");
}

}  // namespace lab
