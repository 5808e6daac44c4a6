#include "daemon/storage/leftovers.h"

#include <sys/stat.h>

#include <charconv>
#include <ctime>
#include <system_error>

#include <spdlog/spdlog.h>

#include "core/base/strings.h"
#include "daemon/transfer/import.h"

namespace lab {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> Children(const fs::path& folder) {
  std::vector<fs::path> children;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    children.push_back(entry->path());
  }
  return children;
}

bool IsQuiet(const fs::path& path, double quiet_seconds) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return false;
  return std::difftime(std::time(nullptr), found.st_mtime) >= quiet_seconds;
}

// "000012" → 12; 0 for a name that is no job's.
int64_t JobOf(const std::string& name) {
  int64_t id = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
  bool sound = error == std::errc() && end == name.data() + name.size() && id > 0;
  return sound && JobFolderName(id) == name ? id : 0;
}

}  // namespace

std::vector<Leftover> FindLeftovers(const Places& places, const std::set<int64_t>& jobs,
                                    const std::set<int64_t>& running, double quiet_seconds) {
  std::vector<Leftover> leftovers;
  for (const fs::path& path : Children(places.jobs())) {
    const std::string name = path.filename().string();
    const int64_t id = JobOf(name);
    if (name.rfind(kImportPrefix, 0) == 0) {
      if (IsQuiet(path, quiet_seconds)) leftovers.push_back({path, 0, "an import that broke off"});
    } else if (id > 0 && jobs.count(id) == 0) {
      if (IsQuiet(path, quiet_seconds)) leftovers.push_back({path, 0, "a folder without a job"});
    } else if (id > 0 && running.count(id) == 0) {
      for (const fs::path& part : Children(path / "checkpoints")) {
        if (part.filename().native().front() != '.' || !IsQuiet(part, quiet_seconds)) continue;
        leftovers.push_back({part, id, "a checkpoint half made or half deleted"});
      }
    }
  }
  return leftovers;
}

void RemoveBrokenImports(const Places& places) {
  for (const fs::path& path : Children(places.jobs())) {
    if (path.filename().string().rfind(kImportPrefix, 0) != 0) continue;
    std::error_code error;
    fs::remove_all(path, error);
    spdlog::info("removed {}, left by an import that broke off", path.string());
  }
}

}  // namespace lab
