#include "cli/context.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <ostream>

#include "cli/errors.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

// A laptop that was carried from one room to another comes back within it.
constexpr double kRemotePatienceSeconds = 600;

}  // namespace

void Context::Say(std::string_view line) {
  if (flags_.quiet || flags_.json) return;
  *terminal_.err << ForCharset(line, terminal_.unicode || !terminal_.err_is_tty) << std::endl;
}

void Context::PrintJson(const Json& document) { *terminal_.out << Line(document) << std::endl; }

void Context::PrintTable(const Table& table, bool header) {
  Print(table.Text(terminal_.Width(), terminal_.unicode, header));
}

void Context::Print(std::string_view text) {
  // Only a terminal needs other characters replaced; a file gets what was said.
  *terminal_.out << ForCharset(text, terminal_.unicode || !terminal_.out_is_tty) << std::flush;
}

std::string Context::Painted(std::string_view text, Color color) const {
  return Paint(text, color, terminal_.out_color);
}

absl::StatusOr<Address> Context::FindHost() const { return FindAddress(flags_.host, environment_); }

absl::StatusOr<const LabClient*> Context::Connect(const Address& address, bool start) {
  ConnectionOptions options;
  options.start = start;
  options.may_ask = terminal_.in_is_tty && terminal_.err_is_tty;
  options.environment = environment_;
  ASSIGN_OR_RETURN(connection_, Connection::Open(address, options));
  client_.emplace(connection_->channel());
  return &*client_;
}

absl::StatusOr<const LabClient*> Context::ClientOf(const Address& address) {
  return Connect(address, !flags_.no_start);
}

absl::StatusOr<bool> Context::IsRemote() const {
  ASSIGN_OR_RETURN(Address address, FindHost());
  return !address.IsLocal();
}

absl::Status Context::Explain(const absl::Status& status) const {
  return connection_ ? connection_->Explain(status) : status;
}
absl::StatusOr<std::string> Context::PathForLabd(const std::string& path) const {
  ASSIGN_OR_RETURN(bool remote, IsRemote());
  if (remote && std::filesystem::path(path).is_relative()) {
    return UsageError(
        StrCat("relative paths cannot be resolved on another machine; give the "
               "absolute path it has there, not \"",
               path, "\""));
  }
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) return absl::FailedPreconditionError("the current folder is gone");
  return absolute.lexically_normal().string();
}

absl::StatusOr<std::string> Context::ModelForLabd(const std::string& given) const {
  ASSIGN_OR_RETURN(bool remote, IsRemote());
  std::error_code ignored;
  const bool is_folder = !remote && std::filesystem::is_directory(given, ignored) &&
                         given.find_first_not_of("0123456789") != std::string::npos;
  if (!is_folder && given.find('/') == std::string::npos) return given;
  return PathForLabd(given);
}

absl::StatusOr<std::string> Context::BaseForLabd() const {
  ASSIGN_OR_RETURN(bool remote, IsRemote());
  if (remote) return std::string();
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::current_path(error);
  if (error) return absl::FailedPreconditionError("the current folder is gone");
  return folder.string();
}

absl::StatusOr<const LabClient*> Context::Client() {
  if (client_) return &*client_;
  ASSIGN_OR_RETURN(Address address, FindHost());
  if (!address.IsLocal()) return ClientOf(address);
  if (!address.is_default || flags_.no_start) return RunningClient();
  StartOptions options;
  options.environment = environment_;
  bool listening = SomebodyListens(address.socket);
  if (!listening) Say("labd is not running: starting it in the background");
  ASSIGN_OR_RETURN([[maybe_unused]] DaemonStart start, EnsureDaemon(options));
  return Connect(address, false);
}

absl::StatusOr<const LabClient*> Context::RunningClient() {
  if (client_) return &*client_;
  ASSIGN_OR_RETURN(Address address, FindHost());
  if (address.IsLocal() && !SomebodyListens(address.socket)) {
    return Failure(absl::StatusCode::kUnavailable, reason::kDaemonUnreachable,
                   StrCat("labd is not running: nobody listens on ", address.Text(),
                          address.is_default ? "; start it with: labctl daemon start" : ""));
  }
  return Connect(address, false);
}

absl::StatusOr<RetryOptions> Context::Patience() const {
  RetryOptions options;
  ASSIGN_OR_RETURN(const bool remote, IsRemote());
  if (remote) options.give_up_seconds = kRemotePatienceSeconds;
  return options;
}

void Context::SayLost(const absl::Status& status) {
  if (status.ok()) return;
  Say("labd does not answer; waiting for it");
  absl::StatusOr<bool> remote = IsRemote();
  // Who asked for another machine wants to know which layer failed.
  if (remote.ok() && *remote) Say(MessageOf(Explain(status)));
}

absl::StatusOr<v1::System> Context::RunningSystem() {
  ASSIGN_OR_RETURN(const LabClient* client, RunningClient());
  return client->GetSystem();
}

absl::StatusOr<std::vector<int64_t>> FindJobs(const LabClient& client, const std::string& name) {
  int64_t id = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
  if (error == std::errc() && end == name.data() + name.size()) {
    return std::vector<int64_t>{id};
  }
  if (!name.empty() && name.find_first_not_of("0123456789") == std::string::npos) {
    return UsageError(StrCat(name, " is too large for a job's id"));
  }
  v1::ListJobsRequest request;
  request.set_group(name);
  absl::StatusOr<v1::ListJobsResponse> members = absl::NotFoundError("");
  if (!name.empty()) members = client.ListJobs(request);
  if (!members.ok() && !absl::IsNotFound(members.status())) return members.status();
  if (!members.ok() || members->jobs().empty()) {
    // A group's name may hold a comma, too: it was looked for first.
    if (size_t comma = name.find(','); comma != std::string::npos) {
      return FindAllJobs(client, {name.substr(0, comma), name.substr(comma + 1)});
    }
    return Failure(absl::StatusCode::kNotFound, "JOB_NOT_FOUND",
                   StrCat("\"", name,
                          "\" is neither a job's id nor a group's name; "
                          "labctl list shows what there is"));
  }
  std::vector<int64_t> ids;
  for (const v1::Job& job : members->jobs()) ids.push_back(job.id());
  std::sort(ids.begin(), ids.end());
  return ids;
}

absl::StatusOr<std::vector<int64_t>> FindAllJobs(const LabClient& client,
                                                 const std::vector<std::string>& names) {
  std::vector<int64_t> ids;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(std::vector<int64_t> found, FindJobs(client, name));
    for (int64_t id : found) {
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    }
  }
  return ids;
}

absl::StatusOr<int64_t> FindJob(const LabClient& client, const std::string& name) {
  ASSIGN_OR_RETURN(std::vector<int64_t> ids, FindJobs(client, name));
  if (ids.size() == 1) return ids.front();
  std::string list;
  for (int64_t id : ids) list += StrCat(list.empty() ? "" : ", ", id);
  return UsageError(StrCat("group ", name, " has several jobs (", list, "); name one of them"));
}

std::string WithNewline(std::string text) {
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text;
}

}  // namespace lab::cli
