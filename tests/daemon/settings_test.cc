// labd.yaml, the command line and the environment.

#include "daemon/process/settings.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/file.h"
#include "daemon/process/command_line.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

class SettingsTest : public ::testing::Test {
 protected:
  SettingsTest() {
    std::string home = dir_.path().string();
    places_ =
        *FindPlaces([home](const std::string& name) { return name == "LAB_HOME" ? home : ""; });
    std::filesystem::create_directories(places_.config);
  }

  void Write(const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(places_.config / "labd.yaml", text).ok());
  }
  absl::StatusOr<LoadedSettings> Load(const std::vector<std::string>& words = {}) {
    CommandLine line = ReadCommandLine(words);
    EXPECT_EQ(line.error, "");
    return LoadSettings(places_, line.config_file, line.settings);
  }
  static std::string From(const LoadedSettings& loaded, const std::string& field) {
    for (const Setting& setting : loaded.list) {
      if (setting.field == field) return setting.value + " " + setting.from;
    }
    return "none";
  }

  TempDir dir_;
  Places places_;
};

TEST_F(SettingsTest, WithoutAFileTheDefaultsOfThePartsHold) {
  absl::StatusOr<LoadedSettings> loaded = Load();
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->file, "");
  DaemonOptions made;
  Configure(loaded->settings, &made);
  const DaemonOptions plain;
  EXPECT_EQ(made.listen, plain.listen);
  EXPECT_EQ(made.idle_exit_seconds, plain.idle_exit_seconds);
  EXPECT_EQ(made.leave_seconds, plain.leave_seconds);
  EXPECT_EQ(made.max_streams, plain.max_streams);
  EXPECT_EQ(made.storage.min_free_bytes, plain.storage.min_free_bytes);
  EXPECT_EQ(made.storage.max_bytes, plain.storage.max_bytes);
  EXPECT_EQ(made.supervisor.stop_seconds, plain.supervisor.stop_seconds);
  EXPECT_EQ(made.supervisor.silence_seconds, plain.supervisor.silence_seconds);
  EXPECT_EQ(made.supervisor.inspect_seconds, plain.supervisor.inspect_seconds);
  EXPECT_EQ(made.job_log_max_bytes, plain.job_log_max_bytes);
  EXPECT_EQ(made.scheduler.max_crashes, plain.scheduler.max_crashes);
}

TEST_F(SettingsTest, TheCommandLineIsStrongerThanTheFileAndTheFileThanTheDefault) {
  Write("listen: 127.0.0.1:1\nidle_exit_minutes: 5\nlog:\n  level: warning\n");
  absl::StatusOr<LoadedSettings> loaded =
      Load({"--listen", "[::1]:7733", "--set", "log.level=debug", "--foreground"});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const std::string file = (places_.config / "labd.yaml").string();
  EXPECT_EQ(loaded->file, file);
  EXPECT_EQ(loaded->settings.listen, "[::1]:7733");
  EXPECT_EQ(From(*loaded, "listen"), "\"[::1]:7733\" --listen");
  EXPECT_EQ(From(*loaded, "idle_exit_minutes"), "5 " + file + ":2");
  EXPECT_EQ(From(*loaded, "log.level"), "debug --set");
  EXPECT_EQ(From(*loaded, "leave_seconds"), "150 default");
  std::string lines = FormatSettings(loaded->list);
  EXPECT_NE(lines.find("\nlog.level "), std::string::npos) << lines;
}

TEST_F(SettingsTest, AnotherFileIsReadInsteadAndMustExist) {
  Write("leave_seconds: 20\n");
  std::filesystem::path other = dir_.path() / "other.yaml";
  absl::StatusOr<LoadedSettings> missing = Load({"--config", other.string()});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(ReasonOf(missing.status()), "CONFIG_INVALID");
  EXPECT_NE(MessageOf(missing.status()).find("other.yaml"), std::string_view::npos);
  ASSERT_TRUE(WriteFileAtomically(other, "leave_seconds: 30\n").ok());
  absl::StatusOr<LoadedSettings> loaded = Load({"--config=" + other.string()});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->settings.leave_seconds, 30);
}

TEST_F(SettingsTest, SaysAllThatIsWrongAndWhoSaidIt) {
  Write("listen: box\nlog: {levl: debug}\nworker:\n  program: /no/such/worker\n");
  absl::StatusOr<LoadedSettings> loaded = Load({"--idle-exit", "never", "--set", "no=1"});
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(ReasonOf(loaded.status()), "CONFIG_INVALID");
  const std::string said(MessageOf(loaded.status()));
  const std::string file = (places_.config / "labd.yaml").string();
  for (const std::string& part :
       {file + ":2: log.levl: unknown key \"levl\" (CONFIG_INVALID); did you mean level?",
        std::string("--idle-exit: idle_exit_minutes: must be a finite number, is \"never\""),
        std::string("--set: no: unknown key")}) {
    EXPECT_NE(said.find(part), std::string::npos) << said;
  }
  // Rules across fields are looked at once the fields are sound.
  Write("listen: box\nworker:\n  program: /no/such/worker\n");
  const std::string rules(MessageOf(Load().status()));
  EXPECT_NE(rules.find(file + ":1: listen: "), std::string::npos) << rules;
  EXPECT_NE(rules.find(file + ":3: worker.program: /no/such/worker"), std::string::npos) << rules;
}

TEST_F(SettingsTest, TheEnvironmentIsNamedToo) {
  std::vector<SettingSource> sources = SettingsOfEnvironment([](const std::string& name) {
    return name == "LAB_MIN_FREE_BYTES" ? "12" : name == "LAB_MAX_BYTES" ? "many" : "";
  });
  absl::StatusOr<LoadedSettings> loaded = LoadSettings(places_, "", sources);
  EXPECT_NE(MessageOf(loaded.status()).find("LAB_MAX_BYTES: storage.max_bytes: must be"),
            std::string_view::npos)
      << loaded.status();
  sources.pop_back();
  loaded = LoadSettings(places_, "", sources);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(From(*loaded, "storage.min_free_bytes"), "12 LAB_MIN_FREE_BYTES");
}

TEST_F(SettingsTest, TheExampleIsUpToDateAndHoldsTheDefaults) {
  absl::StatusOr<std::string> example =
      ReadFile(std::filesystem::path(LAB_SOURCE_DIR) / "packaging/labd.yaml");
  ASSERT_TRUE(example.ok()) << example.status();
  EXPECT_EQ(*example, ExampleSettings()) << "make it anew: labd --print-config";
  // As it stands, and with every setting switched on.
  std::string active;
  for (size_t begin = 0; begin < example->size();) {
    size_t end = example->find('\n', begin);
    std::string line = example->substr(begin, end - begin);
    size_t mark = line.find('#');
    if (mark != std::string::npos && mark + 1 < line.size() && line[mark + 1] != ' ') {
      line.erase(mark, 1);
    }
    active += line + "\n";
    begin = end + 1;
  }
  EXPECT_NE(active.find("\nleave_seconds: 150\n"), std::string::npos);
  for (const std::string& text : {*example, active}) {
    Write(text);
    absl::StatusOr<LoadedSettings> loaded = Load();
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(WriteYaml(loaded->settings), WriteYaml(Settings{}));
  }
}

TEST(CommandLine, RefusesWhatItDoesNotKnow) {
  for (const char* word :
       {"--frobnicate", "--config", "--listen", "--listen=", "now", "--help=1"}) {
    EXPECT_NE(ReadCommandLine({word}).error, "") << word;
  }
  CommandLine line = ReadCommandLine({"--diagnose", "--deep"});
  EXPECT_TRUE(line.error.empty() && line.diagnose && line.deep);
}

}  // namespace
}  // namespace lab
