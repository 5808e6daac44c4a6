#include "core/base/places.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/strings.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

// Asked, not tried: a full disk is another matter. Root, too, may not write to a read-only mount.
absl::Status CheckWritable(const fs::path& folder) {
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return absl::OkStatus();
  return Failure(
      absl::StatusCode::kPermissionDenied, reason::kIoError,
      StrCat("nothing can be written into the folder ", folder.native(), ": ", std::strerror(errno),
             "; give this user write access, or set LAB_HOME to another place"));
}

// `name`'s value if it is an absolute path, else `fallback`.
fs::path AbsoluteOr(const Environment& environment, const std::string& name, fs::path fallback) {
  fs::path value = environment(name);
  return value.is_absolute() ? value : fallback;
}

}  // namespace

std::string ProcessEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr ? value : "";
}

std::string JobFolderName(int64_t id) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%06lld", static_cast<long long>(id));
  return text.data();
}

fs::path Places::job(int64_t id) const { return jobs() / JobFolderName(id); }

absl::StatusOr<Places> FindPlaces(const Environment& environment) {
  Places places;
  if (std::string home = environment("LAB_HOME"); !home.empty()) {
    std::error_code error;
    fs::path root = fs::absolute(home, error).lexically_normal();
    if (error) {
      return absl::FailedPreconditionError(
          StrCat("LAB_HOME is \"", home, "\", which cannot be made absolute: ", error.message()));
    }
    places = {root / "config", root / "data", root / "state", root / "cache", root / "run"};
    return places;
  }
  fs::path home = environment("HOME");
  auto place = [&](const std::string& name, const char* below_home) {
    return AbsoluteOr(environment, name, home.is_absolute() ? home / below_home : fs::path());
  };
  fs::path config = place("XDG_CONFIG_HOME", ".config");
  fs::path data = place("XDG_DATA_HOME", ".local/share");
  fs::path state = place("XDG_STATE_HOME", ".local/state");
  fs::path cache = place("XDG_CACHE_HOME", ".cache");
  if (config.empty() || data.empty() || state.empty() || cache.empty()) {
    return absl::FailedPreconditionError(
        "HOME is not set to an absolute path, so there is no place for the lab's files; set HOME "
        "or LAB_HOME");
  }
  const char* lab = "llm-lab";
  places = {config / lab, data / lab, state / lab, cache / lab, {}};
  fs::path runtime = AbsoluteOr(environment, "XDG_RUNTIME_DIR", {});
  places.run = runtime.empty() ? places.state / "run" : runtime / lab;
  return places;
}

absl::Status CheckSocketPath(const fs::path& path) {
  size_t length = path.native().size();
  if (length <= kMaxSocketPath) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat("the socket's path has ", length,
                                           " characters, more than the ", kMaxSocketPath,
                                           " that a Unix socket allows: ", path.native(),
                                           "; choose a shorter LAB_HOME or XDG_RUNTIME_DIR"));
}

absl::Status CreatePlaces(const Places& places) {
  for (const fs::path& folder :
       {places.config, places.data, places.state, places.cache, places.jobs(), places.run}) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
      return absl::FailedPreconditionError(
          StrCat("making the folder ", folder.native(), ": ", error.message()));
    }
  }
  for (const fs::path& folder :
       {places.data, places.state, places.cache, places.jobs(), places.run}) {
    RETURN_IF_ERROR(CheckWritable(folder));
  }
  struct stat info = {};
  if (::stat(places.run.c_str(), &info) != 0) return ErrnoStatus("looking at", places.run);
  if (info.st_uid != ::geteuid()) {
    return absl::FailedPreconditionError(
        StrCat("the folder ", places.run.native(), " for the socket belongs to another user"));
  }
  if (::chmod(places.run.c_str(), 0700) != 0) return ErrnoStatus("protecting", places.run);
  return absl::OkStatus();
}

}  // namespace lab
