#include "cli/picture.h"

#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "cli/programs.h"
#include "core/base/strings.h"

namespace lab::cli {
namespace {

// labd's own limits end what takes too long.
constexpr double kMostSeconds = 3600;
constexpr int kUsageStatus = 2;

// $LAB_GUI if it is set, else beside this program, else on PATH; "" where there is none.
std::string FindLabGui(const Environment& environment) {
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  std::vector<std::string> places = {(self.parent_path() / "lab-gui").string()};
  std::istringstream path(environment("PATH"));
  for (std::string folder; std::getline(path, folder, ':');) {
    if (!folder.empty()) places.push_back(StrCat(folder, "/lab-gui"));
  }
  if (std::string chosen = environment("LAB_GUI"); !chosen.empty()) places = {chosen};
  for (const std::string& place : places) {
    if (::access(place.c_str(), X_OK) == 0) return place;
  }
  return "";
}

// Its last line, without its name in front.
std::string LastWords(const ProgramEnd& end) {
  std::string words = end.err;
  while (!words.empty() && words.back() == '\n') words.pop_back();
  words.erase(0, words.rfind('\n') + 1);
  const std::string name = "lab-gui: ";
  if (words.starts_with(name)) words.erase(0, name.size());
  return words.empty() ? StrCat("lab-gui ended with exit status ", end.code) : words;
}

}  // namespace

absl::Status DrawPicture(Context& context, const PictureOrder& order) {
  const std::string program = FindLabGui(context.environment());
  if (program.empty()) {
    return absl::FailedPreconditionError(
        "pictures are drawn by lab-gui, which is neither beside labctl nor on PATH: install the "
        "package lab-gui, or write the numbers with --out FILE.npz");
  }
  std::vector<std::string> words = {program, StrCat("--picture=", order.file),
                                    StrCat("--look=", order.reference),
                                    StrCat("--view=", order.view), StrCat("--text=", order.text)};
  ASSIGN_OR_RETURN(const Address labd, context.FindHost());
  // The default is its default, too; by its name it knows a machine's certificate.
  if (!labd.is_default) {
    words.push_back(StrCat("--host=", labd.host.name.empty() ? labd.Text() : labd.host.name));
  }
  words.insert(words.end(), order.options.begin(), order.options.end());
  ASSIGN_OR_RETURN(const ProgramEnd end, RunProgram(words, kMostSeconds, &context.interrupts()));
  if (end.code == 0) return absl::OkStatus();
  if (end.code == kUsageStatus) return absl::InvalidArgumentError(Absl(LastWords(end)));
  return absl::UnknownError(Absl(LastWords(end)));
}

}  // namespace lab::cli
