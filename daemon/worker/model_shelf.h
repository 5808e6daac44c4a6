#pragma once

// The models that are open, and those that were and are kept warm, within a budget of memory. The
// inspect thread's.

#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "core/base/status.h"
#include "core/checkpoint/checkpoint.h"

namespace lab {

class ModelShelf {
 public:
  struct Model {
    std::string path;
    OpenedModel opened;
    int64_t bytes = 0;  // of its weights in memory
  };
  struct Figures {
    int64_t held_bytes = 0;
    int64_t budget_bytes = 0;
  };

  // `budget` 0: a quarter of the machine's memory.
  void SetBudget(int64_t bytes);

  // Opens the checkpoint at `path` as a new session and returns its name; what is on the shelf and
  // still has the same content is not read again. Models that nobody has open make room, the one
  // unused for longest first. INSPECT_BUDGET with the numbers if that is not enough.
  absl::StatusOr<std::string> Open(const std::filesystem::path& path);
  void Close(const std::string& session);
  // NOT_FOUND for a session that is closed.
  absl::StatusOr<std::shared_ptr<Model>> Find(const std::string& session);

  Figures figures() const { return {held_bytes_, budget_bytes_}; }

 private:
  // Takes unused models off until `more` bytes fit; INSPECT_BUDGET if they cannot.
  absl::Status MakeRoom(int64_t more);

  int64_t budget_bytes_ = 0;
  int64_t held_bytes_ = 0;
  int64_t next_session_ = 1;
  HashCache hashes_;
  std::list<std::shared_ptr<Model>> shelf_;  // the last used one first
  std::map<std::string, std::shared_ptr<Model>> sessions_;
};

}  // namespace lab
