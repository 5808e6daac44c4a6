#pragma once

// Where the lab keeps its things: the XDG folders, or everything under LAB_HOME. Used by the daemon
// and by its clients (who need the socket). Pure but for Create*, any thread.

#include <filesystem>
#include <functional>
#include <string>

#include "core/base/status.h"

namespace lab {

// The longest path that a Unix socket address holds.
inline constexpr size_t kMaxSocketPath = 107;

struct Places {
  std::filesystem::path config;  // settings; the hosts that labctl connect knows
  std::filesystem::path data;    // jobs, models, corpora
  std::filesystem::path state;   // lab.db, its lock, logs, tokens, labd's certificate
  std::filesystem::path cache;   // token files
  std::filesystem::path run;     // labd.sock, labd.pid; for the owner only

  std::filesystem::path jobs() const { return data / "jobs"; }
  std::filesystem::path job(int64_t id) const;  // data/jobs/000012
  std::filesystem::path database() const { return state / "lab.db"; }
  std::filesystem::path lock() const { return state / "lab.lock"; }
  std::filesystem::path log() const { return state / "labd.log"; }
  std::filesystem::path tokens() const { return state / "tokens.json"; }
  std::filesystem::path identity() const { return state / "identity.pem"; }
  std::filesystem::path hosts() const { return config / "hosts.json"; }
  std::filesystem::path socket() const { return run / "labd.sock"; }
  std::filesystem::path pid() const { return run / "labd.pid"; }
};

// The value of an environment variable, "" if unset.
using Environment = std::function<std::string(const std::string& name)>;
std::string ProcessEnvironment(const std::string& name);

// LAB_HOME (made absolute) moves everything below it. Else each XDG variable, ignored if it is
// empty or relative, else its default below HOME. Without XDG_RUNTIME_DIR `run` lies below `state`.
// FAILED_PRECONDITION if neither LAB_HOME nor HOME says where.
absl::StatusOr<Places> FindPlaces(const Environment& environment = ProcessEnvironment);

// OK if a socket may lie at `path`; INVALID_ARGUMENT with its length and the way out if it is too
// long.
absl::Status CheckSocketPath(const std::filesystem::path& path);

// Makes all folders, `run` with mode 0700; refuses a read-only one, or a `run` of another user.
absl::Status CreatePlaces(const Places& places);

// "000012": how a job's folder is called.
std::string JobFolderName(int64_t id);

}  // namespace lab
