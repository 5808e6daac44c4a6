#include "proto/client/hosts.h"

#include <algorithm>
#include <cctype>

#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "core/base/strings.h"

namespace lab {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int64_t kMaxFileBytes = 4 << 20;
constexpr size_t kMaxNameBytes = 60;

// Each member of a Host with its key.
constexpr std::pair<const char*, std::string Host::*> kFields[] = {
    {"name", &Host::name},
    {"address", &Host::address},
    {"token", &Host::token},
    {"fingerprint", &Host::fingerprint},
    {"labctl", &Host::labctl},
    {"socket", &Host::socket},
    {"certificate", &Host::certificate},
};

absl::Status WriteHosts(const fs::path& file, std::vector<Host> hosts) {
  std::sort(hosts.begin(), hosts.end(),
            [](const Host& a, const Host& b) { return a.name < b.name; });
  Json document = {{"version", 1}, {"hosts", Json::array()}};
  for (const Host& host : hosts) {
    Json row = Json::object();
    for (const auto& [key, member] : kFields) {
      if (!(host.*member).empty()) row[key] = host.*member;
    }
    document["hosts"].push_back(std::move(row));
  }
  return WritePrivateFile(file, document.dump(2) + "\n");
}

absl::StatusOr<FileLock> LockFor(const fs::path& file) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) {
    return absl::FailedPreconditionError(
        Absl(StrCat("making the folder ", file.parent_path().string(), ": ", error.message())));
  }
  return FileLock::Acquire(fs::path(file.string() + ".lock"));
}

}  // namespace

absl::StatusOr<std::vector<Host>> ReadHosts(const fs::path& file) {
  absl::StatusOr<std::string> text = ReadFile(file, kMaxFileBytes);
  if (absl::IsNotFound(text.status())) return std::vector<Host>();
  RETURN_IF_ERROR(text.status());
  absl::Status damaged = absl::FailedPreconditionError(
      Absl(StrCat(file.string(), " is damaged; mend it, or remove it and connect again")));
  Json document = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || !document["hosts"].is_array()) return damaged;
  std::vector<Host> hosts;
  for (const Json& row : document["hosts"]) {
    if (!row.is_object()) return damaged;
    Host host;
    for (const auto& [key, member] : kFields) {
      auto found = row.find(key);
      if (found == row.end()) continue;
      if (!found->is_string()) return damaged;
      host.*member = found->get<std::string>();
    }
    if (host.name.empty() || host.address.empty()) return damaged;
    hosts.push_back(std::move(host));
  }
  return hosts;
}

absl::Status SaveHost(const fs::path& file, const Host& host) {
  RETURN_IF_ERROR(CheckHostName(host.name));
  ASSIGN_OR_RETURN(FileLock lock, LockFor(file));
  ASSIGN_OR_RETURN(std::vector<Host> hosts, ReadHosts(file));
  std::erase_if(hosts, [&](const Host& one) { return one.name == host.name; });
  hosts.push_back(host);
  return WriteHosts(file, std::move(hosts));
}

absl::Status ForgetHost(const fs::path& file, std::string_view name) {
  ASSIGN_OR_RETURN(FileLock lock, LockFor(file));
  ASSIGN_OR_RETURN(std::vector<Host> hosts, ReadHosts(file));
  std::string names;
  for (const Host& host : hosts) names += StrCat(names.empty() ? "" : ", ", host.name);
  if (std::erase_if(hosts, [&](const Host& one) { return one.name == name; }) == 0) {
    return Failure(
        absl::StatusCode::kNotFound, "HOST_NOT_FOUND",
        StrCat("no host is called \"", name, "\"; there are: ", names.empty() ? "none" : names));
  }
  return WriteHosts(file, std::move(hosts));
}

absl::Status CheckHostName(std::string_view name) {
  auto fits = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; };
  bool sound = !name.empty() && name.size() <= kMaxNameBytes && name.front() != '-' &&
               name.front() != '.' && std::all_of(name.begin(), name.end(), fits);
  if (sound) return absl::OkStatus();
  return Failure(absl::StatusCode::kInvalidArgument, "HOST_NAME_INVALID",
                 StrCat("\"", name, "\" is no name for a host: letters, digits and . - _, at most ",
                        kMaxNameBytes));
}

absl::StatusOr<std::string> CleanToken(std::string text) {
  text.resize(std::min(text.find('\n'), text.size()));
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  const bool sound = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > 0x20 && c < 0x7F;
  });
  if (!sound) {
    return absl::InvalidArgumentError(
        "the token is empty or no token: labd token create makes one");
  }
  return text;
}

}  // namespace lab
