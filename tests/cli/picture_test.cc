// Pictures: labctl asks labd whether the look can be had and lets lab-gui draw it. A script stands
// in for lab-gui.

#include <sys/stat.h>

#include <filesystem>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "tests/cli/labctl_fixture.h"

namespace lab::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PictureTest : public LabctlTest {
 protected:
  PictureTest() {
    v1::Job& job = lab_.AddJob(12, v1::Job::SUCCEEDED);
    for (int64_t step : {0, 100}) job.add_checkpoints()->set_step(step);
    environment_["LAB_GUI"] = (folder() / "lab-gui").string();
  }

  std::filesystem::path folder() { return lab_.folder() / "programs"; }
  std::string words() { return ReadFile(folder() / "words").value_or(""); }

  // A lab-gui that writes down its arguments and then does this.
  void GuiDoes(const std::string& script) {
    std::filesystem::create_directories(folder());
    const std::string program = (folder() / "lab-gui").string();
    ASSERT_TRUE(WriteFileAtomically(program, StrCat("#!/bin/sh\nprintf '%s\\n' \"$@\" > ",
                                                    (folder() / "words").string(), "\n", script))
                    .ok());
    ASSERT_EQ(::chmod(program.c_str(), 0755), 0);
  }

  Outcome Draw(std::vector<std::string> more) {
    std::vector<std::string> words = {"inspect", "12@100", "--text", "ab\nc", "--out", "x.png"};
    words.insert(words.end(), more.begin(), more.end());
    return Labctl(words);
  }
};

TEST_F(PictureTest, LabGuiDrawsWhatIsAsked) {
  GuiDoes("exit 0");
  Outcome outcome = Draw({"attn.hook_pattern", "--layers", "0-1", "--heads", "3", "--target", "0"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "wrote a picture of attention to x.png\n");
  EXPECT_EQ(words(), StrCat("--picture=x.png\n--look=12@100\n--view=attention\n--text=ab\nc\n",
                            "--host=", lab_.address(), "\n--layers=0-1\n--heads=3\n--target=0\n"));
  // Only the plan was asked for here.
  for (const v1::InspectRequest& one : lab_.inspections) EXPECT_TRUE(one.plan_only());
  EXPECT_EQ(lab_.inspections.size(), 1u);
  Json document = LabctlJson({"inspect", "12@100", "lens", "--text", "a", "--out", "x.png"});
  EXPECT_EQ(document["picture"], "x.png");
  EXPECT_EQ(document["model"]["step"], 100);
  EXPECT_THAT(words(), HasSubstr("--view=lens"));
}

TEST_F(PictureTest, OverTimeIsAPictureOfTheRun) {
  GuiDoes("exit 0");
  Outcome outcome = Labctl(
      {"inspect", "12", "--text", "ab", "--over-time", "--sort", "induction", "--out", "x.png"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(words(), AllOf(HasSubstr("--look=12\n"), HasSubstr("--view=training\n"),
                             HasSubstr("--sort=induction\n")));
  EXPECT_EQ(Labctl({"inspect", "12", "--text", "ab", "--over-time", "--out", "x.npz"}).code, 2);
}

TEST_F(PictureTest, WithoutLabGuiItSaysWhatToInstall) {
  Outcome outcome = Draw({});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("package lab-gui"), HasSubstr(".npz")));
}

TEST_F(PictureTest, WhatLabdRefusesStartsNothing) {
  GuiDoes("exit 0");
  EXPECT_EQ(Draw({"--layers", "7"}).code, 2);
  EXPECT_EQ(Labctl({"inspect", "9", "--text", "a", "--out", "x.png"}).code, 3);
  Outcome budget = Draw({"residual", "--max-bytes", "10"});
  EXPECT_EQ(budget.code, 75);
  EXPECT_THAT(budget.err, HasSubstr("bytes"));
  EXPECT_EQ(Draw({"heads", "lens"}).code, 2);
  EXPECT_EQ(words(), "");
}

TEST_F(PictureTest, TheWordsOfLabGuiComeThrough) {
  GuiDoes("echo 'lab-gui: there is no picture of hook_q; there are pictures of heads' >&2; exit 2");
  Outcome outcome = Draw({"attn.hook_q"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("labctl: there is no picture of hook_q; there are "
                                           "pictures of heads"),
                                 Not(HasSubstr("lab-gui:"))));
  GuiDoes("exit 7");
  outcome = Draw({});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("exit status 7"));
}

// A checkpoint that goes between the plan and the picture is refused as it always is.
TEST_F(PictureTest, WhatChangedMeanwhileIsSaidByLabd) {
  GuiDoes("echo 'lab-gui: anything' >&2; exit 1");
  int asked = 0;
  lab_.on_inspect = [&](grpc::ServerContext* context, const v1::InspectRequest&,
                        grpc::ServerWriter<v1::InspectEvent>* writer) {
    if (++asked > 1) {
      return testing::Refusal(context, grpc::StatusCode::NOT_FOUND, "CHECKPOINT_MISSING",
                              "step 100 of job 12 is gone");
    }
    v1::InspectEvent event;
    event.mutable_plan()->add_tokens()->set_id(1);
    writer->Write(event);
    event.Clear();
    event.mutable_summary()->set_seconds(0);
    writer->Write(event);
    return grpc::Status::OK;
  };
  Outcome outcome = Draw({});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.err, "labctl: step 100 of job 12 is gone\n");
}

TEST_F(PictureTest, CtrlCEndsLabGui) {
  const std::string fifo = (lab_.folder() / "begun").string();
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  GuiDoes(StrCat("echo begun > ", fifo, "\nexec sleep 600"));
  stopper_ = std::thread([&] {
    ASSERT_TRUE(ReadFile(fifo).ok());  // waits until it runs
    interrupts_.Raise();
  });
  EXPECT_EQ(Draw({}).code, 130);
  stopper_.join();
}

}  // namespace
}  // namespace lab::cli
