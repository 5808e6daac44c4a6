#pragma once

// Runs labctl inside the test against a fake labd, with streams of strings for a terminal.

#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/app.h"
#include "cli/output/json.h"
#include "tests/client/fake_lab.h"

namespace lab::cli {

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

class LabctlTest : public ::testing::Test {
 protected:
  LabctlTest() {
    environment_["LAB_HOME"] = (lab_.folder() / "home").string();
    environment_["LAB_HOST"] = lab_.address();
  }

  Outcome Labctl(const std::vector<std::string>& arguments) {
    std::ostringstream out, err;
    std::istringstream in(input_);
    Terminal terminal = terminal_;
    terminal.out = &out;
    terminal.err = &err;
    terminal.in = &in;
    Outcome outcome;
    // The fake labd's threads see what the test has set, and the test what they have noted.
    { std::lock_guard lock(lab_.mutex); }
    outcome.code = RunLabctl(arguments, terminal, interrupts_, [this](const std::string& name) {
      auto found = environment_.find(name);
      return found == environment_.end() ? "" : found->second;
    });
    { std::lock_guard lock(lab_.mutex); }
    outcome.out = out.str();
    outcome.err = err.str();
    return outcome;
  }

  // The document that a command prints with --json.
  Json LabctlJson(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    Outcome outcome = Labctl(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return Json::parse(outcome.out);
  }

  testing::FakeLab lab_;
  std::map<std::string, std::string> environment_;
  std::string input_;
  Terminal terminal_;
  Interrupts interrupts_{/*listen=*/false};
  std::thread stopper_;  // of a test that needs one
};

}  // namespace lab::cli
