#include "daemon/worker/model_shelf.h"

#include <algorithm>
#include <utility>

#include "core/base/strings.h"
#include "core/checkpoint/model_folder.h"
#include "core/tensor/device.h"

namespace lab {

void ModelShelf::SetBudget(int64_t bytes) {
  budget_bytes_ = bytes > 0 ? bytes : DescribeCpu().memory_total_bytes / 4;
}

absl::StatusOr<std::string> ModelShelf::Open(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(Manifest manifest, VerifyModelFolder(path, &hashes_));
  auto at = std::find_if(shelf_.begin(), shelf_.end(), [&](const auto& model) {
    return model->path == path.string() && model->opened.sha256 == manifest.sha256;
  });
  if (at == shelf_.end()) {
    // The file is about what its weights will be in memory; a model in bf16 is opened in fp32.
    std::error_code error;
    const auto size = std::filesystem::file_size(path / "model.safetensors", error);
    if (!error) RETURN_IF_ERROR(MakeRoom(static_cast<int64_t>(size)));
    auto model = std::make_shared<Model>();
    model->path = path.string();
    ASSIGN_OR_RETURN(model->opened, OpenModel(path, &hashes_));
    model->bytes = model->opened.model->parameters().count() * 4;
    RETURN_IF_ERROR(MakeRoom(model->bytes));
    held_bytes_ += model->bytes;
    shelf_.push_front(std::move(model));
    at = shelf_.begin();
  }
  const std::string session = StrCat("m", next_session_++);
  sessions_[session] = *at;
  shelf_.splice(shelf_.begin(), shelf_, at);
  return session;
}

void ModelShelf::Close(const std::string& session) { sessions_.erase(session); }

absl::StatusOr<std::shared_ptr<ModelShelf::Model>> ModelShelf::Find(const std::string& session) {
  auto found = sessions_.find(session);
  if (found == sessions_.end()) return absl::NotFoundError("that model is not open any more");
  shelf_.splice(shelf_.begin(), shelf_, std::find(shelf_.begin(), shelf_.end(), found->second));
  return found->second;
}

absl::Status ModelShelf::MakeRoom(int64_t more) {
  for (auto at = shelf_.end(); at != shelf_.begin() && held_bytes_ + more > budget_bytes_;) {
    --at;
    auto open = std::any_of(sessions_.begin(), sessions_.end(),
                            [&](const auto& entry) { return entry.second == *at; });
    if (open) continue;
    held_bytes_ -= (*at)->bytes;
    at = shelf_.erase(at);
  }
  if (held_bytes_ + more <= budget_bytes_) return absl::OkStatus();
  return Failure(absl::StatusCode::kResourceExhausted, reason::kInspectBudget,
                 StrCat("the model takes ", FormatBytes(more), ", and open ones hold ",
                        FormatBytes(held_bytes_), " of the ", FormatBytes(budget_bytes_),
                        " that models to look at may take; close one, or set "
                        "worker.inspect_max_bytes of labd"));
}

}  // namespace lab
