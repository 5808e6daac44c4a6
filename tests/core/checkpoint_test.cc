#include "core/checkpoint/checkpoint.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <ATen/ops/equal.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/philox.h"
#include "core/base/strings.h"
#include "core/checkpoint/safetensors.h"
#include "core/model/gpt2.h"
#include "core/model/init.h"
#include "core/optim/adamw.h"
#include "core/tokenizer/tokenizer.h"
#include "tests/support/temp_dir.h"

namespace lab {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

Gpt2Shape TinyShape() { return {.layers = 1, .heads = 2, .width = 8, .context = 16, .vocab = 257}; }

// A model and its optimizer with numbers of their own in every place.
struct Trained {
  explicit Trained(const Gpt2Shape& shape = TinyShape(), uint64_t seed = 1,
                   Precision precision = Precision::kFp32)
      : model(shape, precision), optimizer(model.parameters(), {}) {
    InitializeGpt2(model, seed);
    PhiloxStream stream(seed, Purpose::kInit, 12345);
    for (const Parameter& parameter : model.parameters().all()) {
      for (const at::Tensor& buffer :
           {optimizer.exp_avg(), optimizer.exp_avg_sq(), optimizer.masters()}) {
        if (!buffer.defined()) continue;
        float* values = buffer.mutable_data_ptr<float>() + parameter.offset;
        for (int64_t i = 0; i < parameter.value.numel(); ++i) {
          values[i] = static_cast<float>(stream.NextUniform());
        }
      }
    }
    optimizer.set_step_count(500);
  }
  Gpt2 model;
  AdamW optimizer;
};

TrainerState SomeState(int64_t step = 500) {
  TrainerState state;
  state.step = step;
  state.tokens = 1234567;
  state.position = 99;
  state.seconds = 0.1 + 0.2;
  state.config_yaml = "type: pretrain\nname: \"é\"\n";
  state.numerics = {{"threads", 2}, {"precision", "fp32"}};
  state.parent_sha256 = std::string(64, 'a');
  state.extra = {{"best_loss", 1.0 / 3}, {"best_step", 400}};
  state.unacknowledged = std::string("\0\1\xff frames", 10);
  return state;
}

class CheckpointTest : public ::testing::Test {
 protected:
  absl::StatusOr<CheckpointRecord> Write(const Trained& run,
                                         const TrainerState& state = SomeState(),
                                         bool full = true) {
    return WriteCheckpoint(folder_, run.model, *ByteTokenizer(), state,
                           full ? &run.optimizer : nullptr);
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  absl::Status Resume() const {
    Trained run(TinyShape(), 77);
    return ResumeFrom(step_, run.model, run.optimizer).status();
  }
  // Every file of the checkpoint, relative to it.
  std::vector<fs::path> Files() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(step_)) {
      if (entry.is_regular_file()) files.push_back(fs::relative(entry.path(), step_));
    }
    return files;
  }

  TempDir dir_;
  fs::path folder_ = dir_.path() / "checkpoints";
  fs::path step_ = folder_ / "step-000500";
};

void ExpectSame(const Trained& a, const Trained& b) {
  for (size_t i = 0; i < a.model.parameters().all().size(); ++i) {
    const Parameter& parameter = a.model.parameters().all()[i];
    EXPECT_TRUE(at::equal(parameter.value, b.model.parameters().all()[i].value))
        << parameter.spec.name;
  }
  EXPECT_TRUE(at::equal(a.optimizer.exp_avg(), b.optimizer.exp_avg()));
  EXPECT_TRUE(at::equal(a.optimizer.exp_avg_sq(), b.optimizer.exp_avg_sq()));
  EXPECT_EQ(a.optimizer.step_count(), b.optimizer.step_count());
}

TEST_F(CheckpointTest, ResumeGivesBackEveryBitInBf16) {
  Gpt2Shape shape = TinyShape();
  shape.qkv_bias = false;
  Trained before(shape, 1, Precision::kBf16), after(shape, 2, Precision::kBf16);
  ASSERT_TRUE(Write(before).ok());
  auto state = ResumeFrom(step_, after.model, after.optimizer);
  ASSERT_TRUE(state.ok()) << state.status();
  ExpectSame(before, after);
  EXPECT_TRUE(at::equal(before.optimizer.masters(), after.optimizer.masters()));
}

TEST_F(CheckpointTest, Bf16WeightsAreOpenedInFp32) {
  Trained run(TinyShape(), 1, Precision::kBf16);
  ASSERT_TRUE(Write(run).ok());
  auto opened = OpenModel(step_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->model->parameters().precision(), Precision::kFp32);
  for (size_t i = 0; const Parameter& parameter : run.model.parameters().all()) {
    EXPECT_TRUE(at::equal(opened->model->parameters().all()[i++].value.detach(),
                          parameter.value.detach().to(at::kFloat)))
        << parameter.spec.name;
  }
}

TEST_F(CheckpointTest, Fp32WeightsAreNotRoundedSilently) {
  ASSERT_TRUE(Write(Trained()).ok());
  Trained narrow(TinyShape(), 1, Precision::kBf16);
  const absl::Status status = ResumeFrom(step_, narrow.model, narrow.optimizer).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("is F32, expected BF16"));
}

TEST_F(CheckpointTest, ResumeGivesBackEveryBit) {
  for (bool tied : {true, false}) {
    for (bool qkv_bias : {true, false}) {
      Gpt2Shape shape = TinyShape();
      shape.tie_embeddings = tied;
      shape.qkv_bias = qkv_bias;
      Trained before(shape, 1), after(shape, 2);
      auto record = Write(before);
      ASSERT_TRUE(record.ok()) << record.status();
      auto state = ResumeFrom(step_, after.model, after.optimizer);
      ASSERT_TRUE(state.ok()) << state.status();
      ExpectSame(before, after);
      const TrainerState wanted = SomeState();
      EXPECT_EQ(state->step, wanted.step);
      EXPECT_EQ(state->tokens, wanted.tokens);
      EXPECT_EQ(state->position, wanted.position);
      EXPECT_EQ(state->seconds, wanted.seconds);
      EXPECT_EQ(state->config_yaml, wanted.config_yaml);
      EXPECT_EQ(state->numerics, wanted.numerics);
      EXPECT_EQ(state->parent_sha256, wanted.parent_sha256);
      EXPECT_EQ(state->extra, wanted.extra);
      EXPECT_EQ(state->unacknowledged, wanted.unacknowledged);
    }
  }
}

TEST_F(CheckpointTest, RecordTellsWhatLiesThere) {
  Trained run;
  auto record = Write(run);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->name, "step-000500");
  EXPECT_EQ(record->kind, "full");
  EXPECT_EQ(record->size_bytes, FolderBytes(step_));
  EXPECT_EQ(record->sha256, *Sha256File(step_ / "manifest.json"));
  EXPECT_THAT(Names(), ::testing::ElementsAre("step-000500"));
  for (const char* file : {"config.json", "generation_config.json", "model.safetensors",
                           "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
                           "manifest.json", "trainer/optimizer.safetensors", "trainer/state.json",
                           "trainer/unacknowledged.frames", "trainer/manifest.json"}) {
    EXPECT_TRUE(fs::is_regular_file(step_ / file)) << file;
  }
  // Dropping the trainer state changes neither the model's hash nor what opens it.
  fs::remove_all(step_ / "trainer");
  auto opened = OpenModel(step_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->sha256, record->sha256);
  EXPECT_EQ(opened->step, 500);
  EXPECT_EQ(opened->tokenizer->Hash(), ByteTokenizer()->Hash());
  EXPECT_TRUE(at::equal(opened->model->parameters().Find("transformer.wte.weight")->value,
                        run.model.parameters().Find("transformer.wte.weight")->value));
}

TEST_F(CheckpointTest, TiedOmitsTheHeadAndMissingBiasesAreZeros) {
  Gpt2Shape shape = TinyShape();
  shape.qkv_bias = false;
  ASSERT_TRUE(Write(Trained(shape)).ok());
  auto file = SafetensorsFile::Open(step_ / "model.safetensors");
  EXPECT_EQ(file->Find("lm_head.weight"), nullptr);
  const TensorView* bias = file->Find("transformer.h.0.attn.c_attn.bias");
  ASSERT_NE(bias, nullptr);
  EXPECT_EQ(bias->shape, std::vector<int64_t>{24});
  EXPECT_EQ(bias->bytes, std::string(96, '\0'));
  EXPECT_EQ(nlohmann::json::parse(*ReadFile(step_ / "config.json"))["lab"]["qkv_bias"], false);
  auto opened = OpenModel(step_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->model->parameters().Find("transformer.h.0.attn.c_attn.bias"), nullptr);

  shape.tie_embeddings = false;
  ASSERT_TRUE(Write(Trained(shape)).ok());
  EXPECT_NE(SafetensorsFile::Open(step_ / "model.safetensors")->Find("lm_head.weight"), nullptr);
}

TEST_F(CheckpointTest, WeightsCannotBeResumedAndTheMessageSaysWhatIsMissing) {
  auto record = Write(Trained(), SomeState(), false);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->kind, "weights");
  absl::Status status = Resume();
  EXPECT_EQ(ReasonOf(status), reason::kCheckpointMissing);
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("optimizer moments"));
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("step-000500"));
  EXPECT_TRUE(OpenModel(step_).ok());
}

TEST_F(CheckpointTest, AMissingFolderIsSaid) {
  EXPECT_EQ(ReasonOf(Resume()), reason::kCheckpointMissing);
  EXPECT_EQ(ReasonOf(OpenModel(step_).status()), reason::kCheckpointMissing);
}

TEST_F(CheckpointTest, BitFlipsTruncationAndMissingFilesAreRefusedByName) {
  ASSERT_TRUE(Write(Trained()).ok());
  for (const fs::path& file : Files()) {
    const fs::path path = step_ / file;
    const std::string good = *ReadFile(path);
    const bool model_file = !file.has_parent_path();
    std::vector<std::function<void()>> faults = {
        [&] { std::ofstream(path, std::ios::binary) << good.substr(0, good.size() - 1); },
        [&] { std::ofstream(path, std::ios::binary) << good << ' '; },
        [&] { std::ofstream(path, std::ios::binary); }, [&] { fs::remove(path); },
        [&] {
          fs::remove(path);
          fs::create_directory(path);
        }};
    for (double place : {0.0, 0.3, 0.5, 0.8, 0.999}) {
      faults.push_back([&, place] {
        std::string bad = good;
        size_t at = static_cast<size_t>(place * static_cast<double>(bad.size()));
        bad[at] = static_cast<char>(bad[at] ^ 4);
        std::ofstream(path, std::ios::binary) << bad;
      });
    }
    for (const auto& fault : faults) {
      fault();
      absl::Status status = Resume();
      EXPECT_EQ(ReasonOf(status), reason::kCheckpointCorrupt) << file << " " << status;
      EXPECT_THAT(std::string(MessageOf(status)), HasSubstr(path.string()));
      EXPECT_EQ(OpenModel(step_).ok(), !model_file) << file;
      fs::remove_all(path);
      std::ofstream(path, std::ios::binary) << good;
    }
  }
  EXPECT_TRUE(Resume().ok());
}

TEST_F(CheckpointTest, NoBitOfAManifestChangesUnnoticed) {
  ASSERT_TRUE(Write(Trained()).ok());
  for (const char* name : {"manifest.json", "trainer/manifest.json"}) {
    const fs::path path = step_ / name;
    const std::string good = *ReadFile(path);
    for (size_t at = 0; at < good.size(); at += 5) {  // 5 and 8 share no factor: every bit in turn
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
      std::ofstream(path, std::ios::binary) << bad;
      const char* content = path.parent_path() == step_ ? "model" : "trainer";
      auto manifest = ReadManifest(path.parent_path(), content);
      ASSERT_FALSE(manifest.ok()) << name << " byte " << at;
    }
    std::ofstream(path, std::ios::binary) << good;
  }
}

TEST_F(CheckpointTest, TrainerStateOfOtherWeightsIsRefused) {
  ASSERT_TRUE(Write(Trained(TinyShape(), 1)).ok());
  fs::rename(step_ / "trainer", dir_.path() / "trainer");
  ASSERT_TRUE(Write(Trained(TinyShape(), 2), SomeState(), false).ok());
  fs::rename(dir_.path() / "trainer", step_ / "trainer");
  absl::Status status = Resume();
  EXPECT_EQ(ReasonOf(status), reason::kCheckpointCorrupt);
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("other weights"));
}

TEST_F(CheckpointTest, AModelOfAnotherShapeIsNotFilled) {
  ASSERT_TRUE(Write(Trained()).ok());
  for (int change = 0; change < 3; ++change) {
    Gpt2Shape shape = TinyShape();
    if (change == 0) shape.width = 16;
    if (change == 1) shape.tie_embeddings = false;
    if (change == 2) shape.layers = 2;
    Trained other(shape);
    absl::Status status = ResumeFrom(step_, other.model, other.optimizer).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << change << status;
    EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("another model"));
  }
}

TEST_F(CheckpointTest, WritingAStepAgainReplacesIt) {
  Trained first(TinyShape(), 1), second(TinyShape(), 2), read(TinyShape(), 3);
  auto one = Write(first);
  auto again = Write(first);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(one->sha256, again->sha256);  // the same weights are the same bytes
  ASSERT_TRUE(Write(second).ok());
  ASSERT_TRUE(ResumeFrom(step_, read.model, read.optimizer).ok());
  ExpectSame(second, read);
  EXPECT_THAT(Names(), ::testing::ElementsAre("step-000500"));
}

TEST_F(CheckpointTest, ABrokenCheckpointOfTheSameStepIsReplaced) {
  Trained run;
  ASSERT_TRUE(Write(run).ok());
  fs::remove(step_ / "model.safetensors");
  ASSERT_TRUE(Write(run, SomeState(), false).ok());
  EXPECT_TRUE(OpenModel(step_).ok());
}

TEST_F(CheckpointTest, WeightsDoNotReplaceAFullOneOfTheSameContent) {
  Trained run;
  auto full = Write(run);
  auto weights = Write(run, SomeState(), false);
  ASSERT_TRUE(weights.ok());
  EXPECT_EQ(weights->kind, "full");
  EXPECT_EQ(weights->size_bytes, full->size_bytes);
  EXPECT_TRUE(Resume().ok());
  ASSERT_TRUE(Write(Trained(TinyShape(), 9), SomeState(), false).ok());  // other content does
  EXPECT_FALSE(fs::exists(step_ / "trainer"));
}

TEST_F(CheckpointTest, AFullOneUpgradesWeights) {
  Trained run;
  ASSERT_TRUE(Write(run, SomeState(), false).ok());
  auto full = Write(run);
  EXPECT_EQ(full->kind, "full");
  EXPECT_TRUE(Resume().ok());
}

TEST_F(CheckpointTest, WhatAKilledWriterLeftIsSweptAndInNobodysWay) {
  Trained run;
  ASSERT_TRUE(Write(run, SomeState(400)).ok());
  fs::create_directories(folder_ / ".writing-step-000500" / "trainer");
  std::ofstream(folder_ / ".writing-step-000500" / "model.safetensors") << "half";
  ASSERT_EQ(ListCheckpoints(folder_)->size(), 1u);
  ASSERT_TRUE(Write(run).ok());  // the writer itself clears its place
  EXPECT_TRUE(Resume().ok());
  fs::create_directories(folder_ / ".writing-step-000600");
  ASSERT_TRUE(SweepTemporaries(folder_).ok());
  EXPECT_THAT(Names(), ::testing::ElementsAre("step-000400", "step-000500"));
}

bool SameWeights(const Trained& a, const Trained& b) {
  return at::equal(a.model.parameters().weights(), b.model.parameters().weights()) &&
         at::equal(a.optimizer.exp_avg(), b.optimizer.exp_avg());
}

// Kills writers of one and the same step at moments spread over two writes: whenever it dies, the
// step is a whole checkpoint of one of the two contents.
TEST_F(CheckpointTest, KilledAtAnyMomentAWholeCheckpointStays) {
  constexpr int kKills = 24;
  Trained first(TinyShape(), 1), second(TinyShape(), 2), read(TinyShape(), 3);
  ASSERT_TRUE(Write(first).ok());
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(Write(second).ok());
  const std::chrono::duration<double> write_time = std::chrono::steady_clock::now() - began;
  for (int i = 0; i < kKills; ++i) {
    pid_t child = ::fork();
    if (child == 0) {
      for (int write = 0;; ++write) {
        if (!Write(write % 2 == 0 ? first : second).ok()) ::_exit(1);
      }
    }
    ::usleep(static_cast<useconds_t>(write_time.count() * 2e6 * (i + 0.5) / kKills));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed by itself";
    ASSERT_TRUE(SweepTemporaries(folder_).ok());
    EXPECT_THAT(Names(), ::testing::ElementsAre("step-000500"));
    auto state = ResumeFrom(step_, read.model, read.optimizer);
    ASSERT_TRUE(state.ok()) << state.status();
    EXPECT_TRUE(SameWeights(read, first) || SameWeights(read, second));
  }
}

TEST_F(CheckpointTest, AVerifiedFileIsNotHashedAgainUntilItChanges) {
  ASSERT_TRUE(Write(Trained()).ok());
  HashCache cache;
  ASSERT_TRUE(OpenModel(step_, &cache).ok());
  const int64_t files = cache.hashed_count();
  EXPECT_GE(files, 5);
  ASSERT_TRUE(OpenModel(step_, &cache).ok());
  EXPECT_EQ(cache.hashed_count(), files);
  std::string bytes = *ReadFile(step_ / "model.safetensors");
  auto time = fs::last_write_time(step_ / "model.safetensors");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  std::ofstream(step_ / "model.safetensors", std::ios::binary) << bytes;
  fs::last_write_time(step_ / "model.safetensors", time);  // even if the time is set back
  EXPECT_EQ(ReasonOf(OpenModel(step_, &cache).status()), reason::kCheckpointCorrupt);
}

// Runs `body` in a child process and returns what it exits with.
int InChild(const std::function<int()>& body) {
  pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(CheckpointTest, AFileThatMayNotGrowFailsAndKeepsTheLastGoodOne) {
  Trained run;
  ASSERT_TRUE(Write(run, SomeState(400)).ok());
  ASSERT_TRUE(Write(run).ok());
  int result = InChild([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    absl::Status status = Write(Trained(TinyShape(), 9)).status();
    if (status.ok()) return 1;
    std::string message(MessageOf(status));
    if (message.find("step-000500") == std::string::npos) return 2;
    return message.find("too large") == std::string::npos ? 3 : 0;
  });
  EXPECT_EQ(result, 0);
  EXPECT_THAT(Names(), ::testing::ElementsAre("step-000400", "step-000500"));
  EXPECT_TRUE(Resume().ok());
}

// Mounts a disk of 160 kB at `folder` for this process alone: as root, or as root of a user
// namespace where those are allowed.
bool MountSmallDisk(const fs::path& folder) {
  const std::string user = StrCat("0 ", ::geteuid(), " 1");
  const std::string group = StrCat("0 ", ::getegid(), " 1");
  if (::geteuid() == 0) {
    if (::unshare(CLONE_NEWNS) != 0) return false;
  } else {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << user;
    std::ofstream("/proc/self/gid_map") << group;
    if (::geteuid() != 0) return false;
  }
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("lab", folder.c_str(), "tmpfs", 0, "size=160k") == 0;
}

TEST_F(CheckpointTest, AFullDiskFailsByThatReasonAndKeepsTheLastGoodOne) {
  constexpr int kNotAllowed = 77;
  fs::create_directories(folder_);
  int result = InChild([&] {
    if (!MountSmallDisk(folder_)) return kNotAllowed;
    Trained run;
    if (!Write(run, SomeState(100)).ok()) return 1;
    for (int64_t step = 200; step < 2000; step += 100) {
      absl::Status status = Write(run, SomeState(step)).status();
      if (status.ok()) continue;
      if (ReasonOf(status) != reason::kDiskFull) return 2;
      if (std::string(MessageOf(status)).find("writing checkpoint") == std::string::npos) return 3;
      std::vector<std::string> names = Names();
      if (names.empty() || names.back() != CheckpointName(step - 100)) return 4;
      for (const std::string& name : names) {
        Trained read(TinyShape(), 7);
        if (!CheckpointStep(name)) return 5;
        if (!ResumeFrom(folder_ / name, read.model, read.optimizer).ok()) return 6;
      }
      return 0;
    }
    return 7;
  });
  if (result == kNotAllowed) GTEST_SKIP() << "this user may not mount a file system";
  EXPECT_EQ(result, 0);
}

TEST_F(CheckpointTest, OtherVersionsOfTheRandomStreamsAreNotResumed) {
  ASSERT_TRUE(Write(Trained()).ok());
  // The same state with another version, under manifests that are right.
  auto model = ReadManifest(step_, "model");
  auto trainer = ReadManifest(step_ / "trainer", "trainer");
  std::string text = *ReadFile(step_ / "trainer" / "state.json");
  const std::string from = "\"random_version\": ";
  text[text.find(from) + from.size()] = '9';
  std::ofstream(step_ / "trainer" / "state.json", std::ios::binary) << text;
  for (ManifestEntry& entry : trainer->files) {
    if (entry.file == "state.json") entry.sha256 = Sha256(text);
  }
  ASSERT_TRUE(WriteManifest(step_ / "trainer", *trainer).ok());
  absl::Status status = Resume();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("version 9 of the random streams"));
}

}  // namespace
}  // namespace lab
