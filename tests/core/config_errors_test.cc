#include <string>

#include <gtest/gtest.h>

#include "core/config/yaml_tree.h"
#include "tests/core/config_example.h"

namespace lab {
namespace {

std::string ErrorsOf(std::string text, std::vector<std::string> overrides = {}) {
  return Errors(ParseExample(std::move(text), std::move(overrides)).errors);
}

TEST(ConfigErrors, ListsEveryOneWithLineAndSuggestion) {
  EXPECT_EQ(ErrorsOf(R"(type: sample
step: 100
micro_batch: 0
tied: yes
attention: fast
micro_batch: 3
optim:
  learning_rat: 1e-3
  beta1: abc
data: {validation: {fraction: 0.95}}
)",
                     {"optim.learning_rate=0", "sead=3", "nonsense"}),
            R"(run.yaml:2: step: unknown key "step" (CONFIG_INVALID); did you mean steps?
run.yaml:3: micro_batch: must be at least 1, is 0 (CONFIG_INVALID)
run.yaml:4: tied: must be true or false, is "yes" (CONFIG_INVALID)
run.yaml:5: attention: must be one of fused, explicit; is "fast" (CONFIG_INVALID)
run.yaml:6: micro_batch: given twice (first on line 3) (CONFIG_INVALID)
run.yaml:8: optim.learning_rat: unknown key "learning_rat" (CONFIG_INVALID); did you mean learning_rate?
run.yaml:9: optim.beta1: must be a finite number, is "abc" (CONFIG_INVALID)
run.yaml:10: data.validation.fraction: must be at most 0.9, is 0.95 (CONFIG_INVALID)
--set: nonsense: must be written FIELD=VALUE (CONFIG_INVALID)
--set: sead: unknown key "sead" (CONFIG_INVALID); did you mean seed?
--set: optim.learning_rate: must be above 0, is 0 (CONFIG_INVALID)
)");
}

TEST(ConfigErrors, NameTheTypeThatIsWanted) {
  EXPECT_EQ(ErrorsOf("micro_batch: abc"),
            "run.yaml:1: micro_batch: must be a whole number, is \"abc\" (CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("micro_batch: 1.5"),
            "run.yaml:1: micro_batch: must be a whole number, is 1.5 (CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("micro_batch: \"8\""),
            "run.yaml:1: micro_batch: must be a whole number, is \"8\" (CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("micro_batch:"),
            "run.yaml:1: micro_batch: must be a whole number, is empty (CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("every: often"),
            "run.yaml:1: every: must be a whole number or auto, is \"often\" (CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("steps: [1]"),
            "run.yaml:1: steps: must be a whole number or null, is a list (CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("layers: 3"),
            "run.yaml:1: layers: must be a list, like [a, b]; is 3 (CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("layers: [1, -2]"),
            "run.yaml:1: layers: item 2 must be at least 0, is -2 (CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("prompt: {a: b}"),
            "run.yaml:1: prompt: must be text, is a map (CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("optim: adamw"),
            "run.yaml:1: optim: must be a section of settings, is \"adamw\" (CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("precision: int8"),
            "run.yaml:1: precision: must be one of fp32, bf16 or auto; is \"int8\" "
            "(CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("optim: {learning_rate: .inf}"),
            "run.yaml:1: optim.learning_rate: must be a finite number, is \".inf\" "
            "(CONFIG_INVALID)\n");
}

TEST(ConfigErrors, SuggestAFieldThatStandsElsewhere) {
  EXPECT_EQ(ErrorsOf("beta1: 0.9"),
            "run.yaml:1: beta1: unknown key \"beta1\" (CONFIG_INVALID); did you mean "
            "optim.beta1?\n");
  EXPECT_EQ(ErrorsOf("optim.beta1: 0.9"),
            "run.yaml:1: optim.beta1: unknown key \"optim.beta1\" (CONFIG_INVALID); did you mean "
            "optim: {beta1: …}?\n");
  EXPECT_EQ(ErrorsOf("zzzzzz: 1"), "run.yaml:1: zzzzzz: unknown key \"zzzzzz\" (CONFIG_INVALID)\n");
}

TEST(ConfigErrors, FindDuplicatesAtAnyDepth) {
  EXPECT_EQ(ErrorsOf("data:\n  validation:\n    fraction: 0.1\n    fraction: 0.2\n"),
            "run.yaml:4: data.validation.fraction: given twice (first on line 3) "
            "(CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("optim: {beta1: 0.1}\nseed: 1\noptim: {beta1: 0.2}\n"),
            "run.yaml:3: optim: given twice (first on line 1) (CONFIG_INVALID)\n");
}

TEST(ConfigErrors, RunRulesOnlyOnSoundFields) {
  EXPECT_EQ(ErrorsOf("steps: 5\ntokens: 6\n"),
            "run.yaml:2: tokens: give steps or tokens, not both (TWO_LENGTHS)\n");
  EXPECT_EQ(ErrorsOf("steps: 5\n", {"tokens=6"}),
            "--set: tokens: give steps or tokens, not both (TWO_LENGTHS)\n");
  EXPECT_EQ(ErrorsOf("steps: null\ntokens: 6\n"), "");
  EXPECT_EQ(ErrorsOf("steps: 5\ntokens: 0\n"),
            "run.yaml:2: tokens: must be at least 1, is 0 (CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("seed: x\ndata:\n  validation:\n    fraction: 0.5\n    corpus: y\n"),
            "run.yaml:1: seed: must be a whole number, is \"x\" (CONFIG_INVALID)\n"
            "run.yaml:5: data.validation.corpus: give either fraction or corpus "
            "(CONFIG_INVALID)\n");
  auto warned = ParseExample("optim:\n  learning_rate: 0.5\n");
  ASSERT_EQ(warned.warnings.size(), 1u);
  EXPECT_EQ(ToString(warned.warnings[0]), "run.yaml:2: optim.learning_rate: is unusually large");
}

TEST(ConfigErrors, RefuseOverridesThatCannotBe) {
  EXPECT_EQ(ErrorsOf("", {"sweep.seed=[1]"}),
            "--set: sweep.seed: cannot be set from outside; write it in the file "
            "(CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("", {"seed.x=1"}),
            "--set: seed: must be a whole number, is a map (CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("optim: adamw", {"optim.beta1=0.5"}),
            "run.yaml:1: optim: must be a section of settings, is \"adamw\" (CONFIG_INVALID)\n"
            "--set: optim.beta1: cannot be set: optim is \"adamw\", not a section "
            "(CONFIG_INVALID)\n");
  EXPECT_NE(ErrorsOf("", {"layers=[1, 2"}).find("--set: layers: is not valid YAML"),
            std::string::npos);
  EXPECT_NE(ErrorsOf("", {"=3"}), "");
  EXPECT_NE(ErrorsOf("", {"optim..beta1=3"}), "");
  EXPECT_NE(ErrorsOf("", {"prompt=\xFF"}), "");
  EXPECT_NE(ErrorsOf("", {std::string("prompt=") + std::string(1 << 20, 'x')}), "");
}

TEST(ConfigErrors, SayWhereTheYamlIsBroken) {
  for (const char* text : {"type: sample\nsteps: [1\n", "steps: 1\n\tseed: 2\n", "a: b: c\n",
                           "steps: 1\n- 2\n", "steps: *nowhere\n", "x: \"unclosed\n", "x: 'it''s\n",
                           "x: \"a\\\"\ny: 2\n", "x: {a: 'b}\n"}) {
    auto parsed = ParseExample(text);
    ASSERT_EQ(parsed.errors.size(), 1u) << text << Errors(parsed.errors);
    EXPECT_GE(parsed.errors[0].line, 1) << text;
    EXPECT_NE(parsed.errors[0].message.find("is not valid YAML: "), std::string::npos) << text;
  }
  EXPECT_EQ(ErrorsOf("seed: 1\n---\nseed: 2\n"),
            "run.yaml: holds more than one YAML document (CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("- 1\n- 2\n"),
            "run.yaml:1: must be a map of settings, is a list (CONFIG_INVALID)\n");
  EXPECT_EQ(ErrorsOf("just words"),
            "run.yaml:1: must be a map of settings, is \"just words\" (CONFIG_INVALID)\n");
}

TEST(ConfigErrors, RefuseHostileText) {
  EXPECT_NE(ErrorsOf(std::string((1 << 20) + 1, '#')).find("1 MiB"), std::string::npos);
  EXPECT_NE(ErrorsOf("seed: 1\nprompt: \xC3\x28\n").find("run.yaml:2: is not UTF-8"),
            std::string::npos);
  EXPECT_NE(ErrorsOf(std::string("seed: 1\n\0", 9)).find("run.yaml:2: holds a control character"),
            std::string::npos);
  EXPECT_NE(ErrorsOf(std::string(100'000, '[')).find("nested more than 32 deep"),
            std::string::npos);
  EXPECT_NE(ErrorsOf(std::string(100'000, '{')).find("nested more than 32 deep"),
            std::string::npos);
  std::string steps;
  for (int i = 0; i < 40; ++i) steps += std::string(i, ' ') + "a:\n";
  EXPECT_NE(ErrorsOf(steps).find("nested more than 32 deep"), std::string::npos);
  std::string many = "layers: [";
  for (int i = 0; i < 30'000; ++i) many += "1, ";
  EXPECT_NE(ErrorsOf(many + "1]").find("more than 20000 values"), std::string::npos);
  EXPECT_NE(ErrorsOf("? [a, b]\n: 1\n").find("a key must be a word"), std::string::npos);
  for (const char* tagged : {"seed: !!int 3\n", "layers: !x [1]\n", "optim: !x {beta1: 1}\n"}) {
    EXPECT_NE(ErrorsOf(tagged).find("tags are not understood"), std::string::npos) << tagged;
  }
}

TEST(ConfigErrors, SurviveAnAliasBomb) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int k = 0; k < 9; ++k) bomb += ", " + last;
    bomb += "]\n";
  }
  EXPECT_NE(ErrorsOf(bomb).find("more than 20000 values"), std::string::npos);
  EXPECT_NE(ErrorsOf("a: &a [1, *a]\n").find("is not valid YAML"), std::string::npos);
}

TEST(ConfigErrors, CutLongValues) {
  std::string errors = ErrorsOf("micro_batch: " + std::string(5000, 'x'));
  EXPECT_LT(errors.size(), 200u);
  EXPECT_NE(errors.find("…"), std::string::npos);
}

TEST(ConfigErrors, PrintWithoutWhatIsAbsent) {
  EXPECT_EQ(ToString({"", 0, "", "is wrong", "", ""}), "is wrong");
  EXPECT_EQ(ToString({"a.yaml", 3, "x", "is wrong", "WHY", "y"}),
            "a.yaml:3: x: is wrong (WHY); did you mean y?");
}

}  // namespace
}  // namespace lab
