#include "daemon/transfer/checkpoint_files.h"

#include <nlohmann/json.hpp>

namespace lab {

std::optional<std::vector<ListedFile>> FilesOfManifest(std::string_view manifest) {
  const nlohmann::json json = nlohmann::json::parse(manifest, nullptr, false);
  auto text = [](const nlohmann::json& object, const char* key) -> const std::string* {
    auto found = object.find(key);
    return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
  };
  auto list = json.is_object() ? json.find("files") : json.end();
  if (list == json.end() || !list->is_array()) return std::nullopt;
  std::vector<ListedFile> files;
  for (const nlohmann::json& item : *list) {
    if (!item.is_object()) return std::nullopt;
    const std::string* name = text(item, "file");
    const std::string* sha256 = text(item, "sha256");
    if (name == nullptr || sha256 == nullptr) return std::nullopt;
    files.push_back({*name, *sha256});
  }
  return files;
}

}  // namespace lab
