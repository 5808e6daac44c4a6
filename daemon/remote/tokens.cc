#include "daemon/remote/tokens.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <sys/stat.h>
#include <unistd.h>

#include <absl/time/clock.h>
#include <absl/time/time.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "core/base/strings.h"

namespace lab {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int64_t kMaxFileBytes = 1 << 20;
constexpr size_t kSecretBytes = 32;
constexpr size_t kMaxNameBytes = 60;
constexpr std::string_view kSecretPrefix = "lab_";

absl::Status Damaged(const fs::path& file, std::string_view why) {
  return absl::FailedPreconditionError(
      Absl(StrCat(file.string(), " ", why, "; while it is so no other machine is let in")));
}

// An account that may write the file could let itself in.
absl::Status CheckOwner(const fs::path& file) {
  struct stat info = {};
  if (::stat(file.c_str(), &info) != 0) return ErrnoStatus("looking at", file);
  if (info.st_uid != ::geteuid() && info.st_uid != 0) {
    return Damaged(file, "belongs to another user");
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Damaged(file,
                   "may be written by others: chmod 600 it, or remove it and make new tokens");
  }
  return absl::OkStatus();
}

absl::StatusOr<Token> ReadOne(const Json& row) {
  Token token;
  std::optional<Scope> scope = ScopeOfWord(row.value("scope", ""));
  token.name = row.value("name", "");
  token.sha256 = row.value("sha256", "");
  token.created_at = row.value("created_at", "");
  std::string bytes;
  if (token.name.empty() || !scope || !FromHex(token.sha256, &bytes) || bytes.size() != 32) {
    return absl::InvalidArgumentError("");
  }
  token.scope = *scope;
  return token;
}

absl::Status WriteTokens(const fs::path& file, const std::vector<Token>& tokens) {
  Json document;
  document["version"] = 1;
  document["tokens"] = Json::array();
  for (const Token& token : tokens) {
    document["tokens"].push_back({{"name", token.name},
                                  {"scope", ScopeWord(token.scope)},
                                  {"sha256", token.sha256},
                                  {"created_at", token.created_at}});
  }
  return WritePrivateFile(file, document.dump(2) + "\n");
}

absl::StatusOr<FileLock> LockFor(const fs::path& file) {
  return FileLock::Acquire(fs::path(file.string() + ".lock"));
}

bool IsNameCharacter(unsigned char c) {
  return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '@';
}

absl::Status CheckName(std::string_view name) {
  bool sound = !name.empty() && name.size() <= kMaxNameBytes && name.front() != '-' &&
               std::all_of(name.begin(), name.end(), IsNameCharacter);
  if (sound) return absl::OkStatus();
  return absl::InvalidArgumentError(
      Absl(StrCat("\"", name, "\" is no name for a token: letters, digits and . - _ @, at most ",
                  kMaxNameBytes)));
}

bool Has(const std::vector<Token>& tokens, std::string_view name) {
  return std::any_of(tokens.begin(), tokens.end(),
                     [name](const Token& token) { return token.name == name; });
}

std::string FreeName(const std::vector<Token>& tokens) {
  size_t number = tokens.size() + 1;
  while (Has(tokens, StrCat("token-", number))) ++number;
  return StrCat("token-", number);
}

std::string NamesOf(const std::vector<Token>& tokens) {
  std::string names;
  for (const Token& token : tokens) names += StrCat(names.empty() ? "" : ", ", token.name);
  return names.empty() ? "none" : names;
}

}  // namespace

absl::StatusOr<std::vector<Token>> ReadTokens(const fs::path& file) {
  absl::StatusOr<std::string> text = ReadFile(file, kMaxFileBytes);
  if (absl::IsNotFound(text.status())) return std::vector<Token>();
  RETURN_IF_ERROR(text.status());
  RETURN_IF_ERROR(CheckOwner(file));
  Json document = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || !document.contains("tokens") || !document["tokens"].is_array()) {
    return Damaged(file, "is damaged: it is no list of tokens");
  }
  std::vector<Token> tokens;
  for (const Json& row : document["tokens"]) {
    bool strings = row.is_object() && std::all_of(row.begin(), row.end(), [](const Json& value) {
                     return value.is_string();
                   });
    absl::StatusOr<Token> token = absl::InvalidArgumentError("");
    if (strings) token = ReadOne(row);
    if (!token.ok()) return Damaged(file, StrCat("is damaged: see entry ", tokens.size() + 1));
    tokens.push_back(*std::move(token));
  }
  return tokens;
}

absl::StatusOr<CreatedToken> CreateToken(const fs::path& file, std::string name, Scope scope) {
  ASSIGN_OR_RETURN(FileLock lock, LockFor(file));
  ASSIGN_OR_RETURN(std::vector<Token> tokens, ReadTokens(file));
  if (name.empty()) name = FreeName(tokens);
  RETURN_IF_ERROR(CheckName(name));
  if (Has(tokens, name)) {
    return absl::AlreadyExistsError(
        Absl(StrCat("there is a token \"", name,
                    "\" already; take another --name, or first: ", "labd token revoke ", name)));
  }
  std::array<unsigned char, kSecretBytes> random;
  if (RAND_bytes(random.data(), random.size()) != 1) {
    return absl::InternalError("the system gave no random bytes");
  }
  std::string secret =
      StrCat(kSecretPrefix,
             ToHex(std::string_view(reinterpret_cast<const char*>(random.data()), random.size())));
  OPENSSL_cleanse(random.data(), random.size());
  std::string now = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
  tokens.push_back({name, scope, Sha256(secret), std::move(now)});
  RETURN_IF_ERROR(WriteTokens(file, tokens));
  return CreatedToken{std::move(name), std::move(secret)};
}

absl::Status RevokeToken(const fs::path& file, std::string_view name) {
  ASSIGN_OR_RETURN(FileLock lock, LockFor(file));
  ASSIGN_OR_RETURN(std::vector<Token> tokens, ReadTokens(file));
  if (!Has(tokens, name)) {
    return absl::NotFoundError(
        Absl(StrCat("there is no token \"", name, "\"; there are: ", NamesOf(tokens))));
  }
  std::erase_if(tokens, [name](const Token& token) { return token.name == name; });
  return WriteTokens(file, tokens);
}

void TokenTable::Refresh() {
  struct stat info = {};
  Stamp now;
  if (::stat(file_.c_str(), &info) == 0) {
    now = {info.st_ino, info.st_size,
           int64_t{info.st_ctim.tv_sec} * 1'000'000'000 + info.st_ctim.tv_nsec};
  }
  if (stamp_ && *stamp_ == now) return;
  absl::StatusOr<std::vector<Token>> tokens = ReadTokens(file_);
  if (!tokens.ok()) spdlog::error("tokens: {}", std::string(MessageOf(tokens.status())));
  tokens_ = tokens.ok() ? *std::move(tokens) : std::vector<Token>();
  stamp_ = now;
}

std::optional<Token> TokenTable::Find(std::string_view secret) {
  const std::string hash = Sha256(secret);
  std::lock_guard lock(mutex_);
  Refresh();
  const Token* found = nullptr;
  for (const Token& token : tokens_) {
    bool same = token.sha256.size() == hash.size() &&
                CRYPTO_memcmp(token.sha256.data(), hash.data(), hash.size()) == 0;
    if (same) found = &token;
  }
  if (found == nullptr) return std::nullopt;
  return *found;
}

}  // namespace lab
