// run_transcripts BIN FILE…: runs each transcript in a home of its own against the labctl, labd and
// lab-worker in BIN, and says where what they print differs. Exit 0 if all agree, 77 if one that
// begins with "# needs: root" cannot run.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/e2e/transcript.h"
#include "tests/support/temp_dir.h"

namespace lab::e2e {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr auto kStepPatience = std::chrono::seconds(180);
constexpr size_t kLogTail = 4000;
constexpr int kSkipped = 77;  // what ctest takes for a test that cannot run here
constexpr char kNeedsRoot[] = "# needs: root\n";

struct Result {
  std::string output;  // stdout and stderr as they came
  int code = -1;
  bool timed_out = false;
};

std::vector<std::string> EnvironmentFor(const fs::path& bin, const fs::path& home) {
  return {"PATH=" + bin.string() + ":/usr/local/bin:/usr/bin:/bin",
          "HOME=" + home.string(),
          "LAB_HOME=" + (home / "lab").string(),
          "LC_ALL=C.UTF-8",
          "COLUMNS=200",
          "TERM=dumb",
          "CI=1"};
}

// Runs `command` with bash in `folder`; kills its process group after the patience is over.
Result RunCommand(const std::string& command, const fs::path& folder,
                  const std::vector<std::string>& environment) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {"pipe2 failed", -1, false};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> words = {"bash", "-c", command};
  std::vector<char*> arguments, variables;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::vector<std::string> copy = environment;
  for (std::string& variable : copy) variables.push_back(variable.data());
  variables.push_back(nullptr);
  pid_t pid = 0;
  int error =
      posix_spawn(&pid, "/bin/bash", &actions, &attributes, arguments.data(), variables.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(ends[1]);
  Result result;
  auto deadline = Clock::now() + kStepPatience;
  while (error == 0) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd readable{ends[0], POLLIN, 0};
    if (left.count() <= 0 || poll(&readable, 1, static_cast<int>(left.count())) == 0) {
      result.timed_out = true;
      kill(-pid, SIGKILL);
      break;
    }
    char buffer[4096];
    ssize_t got = read(ends[0], buffer, sizeof(buffer));
    if (got <= 0) break;
    result.output.append(buffer, static_cast<size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  if (error == 0 && waitpid(pid, &status, 0) == pid) {
    result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return result;
}

std::string ReadWhole(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Nothing of a transcript outlives it, even if its labd does not answer.
void EndDaemon(const fs::path& work, const fs::path& home,
               const std::vector<std::string>& environment) {
  Result stopped = RunCommand("labctl daemon stop --timeout 60", work, environment);
  if (stopped.code == 0) return;
  std::cout << "  labd did not stop: " << stopped.output;
  std::string text = ReadWhole(home / "lab/run/labd.pid");
  long pid = std::strtol(text.c_str(), nullptr, 10);
  if (pid > 1) kill(static_cast<pid_t>(pid), SIGKILL);
}

bool RunStep(const fs::path& file, const Step& step, const fs::path& work,
             const std::vector<std::string>& environment) {
  Result result = RunCommand(step.command, work, environment);
  std::vector<std::string> lines = Lines(result.output);
  if (!result.timed_out && result.code == step.code && Matches(step.expected, lines)) return true;
  std::cout << file.string() << ":" << step.line << ": $ " << step.command << "\n";
  if (result.timed_out) std::cout << "  it did not end in time\n";
  if (result.code != step.code) {
    std::cout << "  exit status " << result.code << " instead of " << step.code << "\n";
  }
  for (const std::string& line : step.expected) std::cout << "  expected: " << line << "\n";
  for (const std::string& line : lines) std::cout << "  printed:  " << line << "\n";
  return false;
}

bool RunTranscript(const fs::path& bin, const fs::path& file) {
  std::vector<Step> steps = ParseTranscript(ReadWhole(file));
  if (steps.empty()) {
    std::cout << file.string() << ": no commands\n";
    return false;
  }
  TempDir home;
  fs::path work = home.path() / "work";
  fs::create_directory(work);
  std::vector<std::string> environment = EnvironmentFor(bin, home.path());
  bool agrees = true;
  for (const Step& step : steps) {
    // What follows a difference would differ too.
    agrees = RunStep(file, step, work, environment);
    if (!agrees) break;
  }
  EndDaemon(work, home.path(), environment);
  if (!agrees) {
    std::string log = ReadWhole(home.path() / "lab/state/labd.log");
    std::cout << "labd.log ends:\n" << log.substr(log.size() - std::min(log.size(), kLogTail));
  }
  std::cout << (agrees ? "ok   " : "FAIL ") << file.string() << " (" << steps.size() << " commands)"
            << std::endl;
  return agrees;
}

}  // namespace
}  // namespace lab::e2e

int main(int count, char** values) {
  if (count < 3) {
    std::cerr << "usage: run_transcripts BIN FILE...\n";
    return 2;
  }
  for (int i = 2; i < count; ++i) {
    const bool needs_root = lab::e2e::ReadWhole(values[i]).starts_with(lab::e2e::kNeedsRoot);
    if (needs_root && geteuid() != 0) {
      std::cout << values[i] << " needs root\n";
      return lab::e2e::kSkipped;
    }
  }
  bool all_agree = true;
  for (int i = 2; i < count; ++i) all_agree &= lab::e2e::RunTranscript(values[1], values[i]);
  return all_agree ? 0 : 1;
}
