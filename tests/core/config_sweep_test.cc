#include <string>

#include <gtest/gtest.h>

#include "core/config/config.h"
#include "core/config/embedded.h"
#include "tests/core/config_example.h"

namespace lab {
namespace {

ConfigText Text(std::string yaml, std::vector<std::string> overrides = {}) {
  return {std::move(yaml), "sweep.yaml", "/texts", std::move(overrides), "/here"};
}

std::vector<std::string> Labels(const Expansion& expansion) {
  std::vector<std::string> labels;
  for (const Member& member : expansion.members) labels.push_back(member.label);
  return labels;
}

TEST(ConfigSweep, ASingleJobIsNoGroup) {
  for (const char* yaml : {"", "type: pretrain\n", "seeds: 1\n", "sweep: {}\n", "sweep:\n"}) {
    Expansion expansion = ExpandMembers(Text(yaml));
    EXPECT_FALSE(expansion.group) << yaml;
    EXPECT_TRUE(expansion.errors.empty()) << Errors(expansion.errors);
    ASSERT_EQ(expansion.members.size(), 1u);
    EXPECT_TRUE(expansion.members[0].overrides.empty());
    EXPECT_EQ(expansion.members[0].label, "");
  }
}

TEST(ConfigSweep, MakesTheGridWithSeedsInnermost) {
  Expansion expansion = ExpandMembers(Text(R"(
seed: 5
seeds: 2
sweep:
  optim.learning_rate: [1e-4, 3e-4, 1e-3]
  data: {corpus: ["a b.txt", stories]}
)"));
  ASSERT_TRUE(expansion.errors.empty()) << Errors(expansion.errors);
  EXPECT_TRUE(expansion.group);
  ASSERT_EQ(expansion.members.size(), 12u);
  EXPECT_EQ(
      expansion.members[0].overrides,
      (std::vector<std::string>{"optim.learning_rate=1e-4", "data.corpus=\"a b.txt\"", "seed=5"}));
  EXPECT_EQ(expansion.members[1].label, "optim.learning_rate=1e-4 data.corpus=\"a b.txt\" seed=6");
  EXPECT_EQ(expansion.members[2].label, "optim.learning_rate=1e-4 data.corpus=stories seed=5");
  EXPECT_EQ(expansion.members[11].label, "optim.learning_rate=1e-3 data.corpus=stories seed=6");
}

TEST(ConfigSweep, EveryMemberParsesToItsPoint) {
  ConfigText text = Text(
      "sweep: {optim.learning_rate: [1e-4, 1e-3], data.corpus: [a.txt], layers: [[1], [2, 3]],\n"
      "        precision: [auto, bf16], prompt: ['auto', \"x: y\"]}\n");
  Expansion expansion = ExpandMembers(text);
  ASSERT_EQ(expansion.members.size(), 16u);
  ConfigText last = text;
  for (const auto& override : expansion.members[15].overrides) last.overrides.push_back(override);
  auto parsed = ParseConfig<ExampleConfig>(last);
  ASSERT_TRUE(parsed.ok()) << Errors(parsed.errors);
  EXPECT_EQ(parsed.config.optim.learning_rate, 1e-3);
  EXPECT_EQ(parsed.config.data.corpus, "/texts/a.txt");
  EXPECT_EQ(parsed.config.layers, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(parsed.config.precision.value, "bf16");
  EXPECT_EQ(parsed.config.prompt, "x: y");
  ConfigText first = text;
  for (const auto& override : expansion.members[0].overrides) first.overrides.push_back(override);
  parsed = ParseConfig<ExampleConfig>(first);
  EXPECT_TRUE(parsed.config.precision.is_auto());
  EXPECT_EQ(parsed.config.prompt, "auto");
}

TEST(ConfigSweep, TakesSeedsFromOverrides) {
  Expansion expansion = ExpandMembers(Text("seed: 1\n", {"seeds=3", "seed=10"}));
  EXPECT_EQ(Labels(expansion), (std::vector<std::string>{"seed=10", "seed=11", "seed=12"}));
}

TEST(ConfigSweep, RefusesSeedsBeyondTheLargest) {
  EXPECT_EQ(Errors(ExpandMembers(Text("seed: 9223372036854775806\nseeds: 2\n")).errors),
            "sweep.yaml: seed: is too large for 2 seeds from it on (CONFIG_INVALID)\n");
}

TEST(ConfigSweep, RefusesWhatIsNoGrid) {
  EXPECT_EQ(
      Errors(
          ExpandMembers(Text("sweep:\n  a: 3\n  b: []\n  type: [x]\n  c: {}\nseeds: 0\n")).errors),
      R"(sweep.yaml:2: sweep.a: must be a list of the values to try, is 3 (CONFIG_INVALID)
sweep.yaml:3: sweep.b: must be a list of the values to try, is an empty list (CONFIG_INVALID)
sweep.yaml:4: sweep.type: cannot be swept (CONFIG_INVALID)
sweep.yaml:5: sweep.c: must be a list of the values to try, is a map (CONFIG_INVALID)
sweep.yaml:6: seeds: must be at least 1, is 0 (CONFIG_INVALID)
)");
  EXPECT_EQ(Errors(ExpandMembers(Text("sweep: [1]")).errors),
            "sweep.yaml:1: sweep: must be a map of fields to lists of values, is a list "
            "(CONFIG_INVALID)\n");
  EXPECT_EQ(ExpandMembers(Text("sweep: {seed: [1, 2]}\nseeds: 2\n")).errors.size(), 1u);
  EXPECT_EQ(ExpandMembers(Text("sweep: {a.b: [1], a: {b: [2]}}\n")).errors.size(), 1u);
  EXPECT_TRUE(ExpandMembers(Text("sweep: [1]")).members.empty());
}

TEST(ConfigSweep, StopsAtTheLimit) {
  std::string axis = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]";
  std::string yaml = "seeds: 9223372036854775807\nsweep: {a: " + axis + ", b: " + axis + "}\n";
  EXPECT_EQ(Errors(ExpandMembers(Text(yaml)).errors),
            "sweep.yaml:2: sweep: makes more than 1000 jobs (CONFIG_INVALID)\n");
  EXPECT_EQ(ExpandMembers(Text("sweep: {a: " + axis + "}\n"), 10).members.size(), 10u);
  EXPECT_FALSE(ExpandMembers(Text("sweep: {a: " + axis + "}\n"), 9).errors.empty());
}

TEST(ConfigSweep, ParsingChecksSweptFieldsAndValues) {
  auto parsed = ParseConfig<ExampleConfig>(
      Text("sweep:\n  optim.learning_rat: [1]\n  steps: [5, 0]\n  beta1: [0.5]\n"));
  EXPECT_EQ(
      Errors(parsed.errors),
      R"(sweep.yaml:2: sweep.optim.learning_rat: unknown field "optim.learning_rat" (CONFIG_INVALID); did you mean optim.learning_rate?
sweep.yaml:3: sweep.steps: must be at least 1, is 0 (CONFIG_INVALID)
sweep.yaml:4: sweep.beta1: unknown field "beta1" (CONFIG_INVALID); did you mean optim.beta1?
)");
}

TEST(ConfigHeader, ReadsTypeNameAndSeeds) {
  auto parsed = ParseHeader(Text("type: pretrain\nname: a small GPT\nunheard: 1\n", {"seeds=3"}));
  ASSERT_TRUE(parsed.ok()) << Errors(parsed.errors);
  EXPECT_EQ(parsed.config.type, "pretrain");
  EXPECT_EQ(parsed.config.name, "a small GPT");
  EXPECT_EQ(parsed.config.seeds, 3);
  EXPECT_EQ(ParseHeader(Text("", {"type=tokenize"})).config.type, "tokenize");
}

TEST(ConfigHeader, NeedsATypeAndASoundText) {
  EXPECT_EQ(Errors(ParseHeader(Text("name: x\n")).errors),
            "sweep.yaml: type: a job needs a type, like type: pretrain (CONFIG_INVALID)\n");
  EXPECT_EQ(ParseHeader(Text("type: [a]\n")).errors.size(), 1u);
  EXPECT_EQ(ParseHeader(Text("type: x\nseeds: -1\n")).errors.size(), 1u);
  EXPECT_EQ(ParseHeader(Text("type: x\nname: \"a\\nb\"\n")).errors.size(), 1u);
  EXPECT_EQ(ParseHeader(Text("type: [a\n")).errors.size(), 1u);
}

TEST(ConfigHeader, ErrorsOfSeveralReadersAreListedOnce) {
  ConfigText text = Text("type: x\nseed: 1\nseed: 2\nseeds: 0\n");
  std::vector<ConfigError> all = ParseConfig<ExampleConfig>(text).errors;
  AddErrors(ParseHeader(text).errors, &all);
  AddErrors(ExpandMembers(text).errors, &all);
  EXPECT_EQ(Errors(all),
            "sweep.yaml:3: seed: given twice (first on line 2) (CONFIG_INVALID)\n"
            "sweep.yaml:4: seeds: must be at least 1, is 0 (CONFIG_INVALID)\n");
}

struct Shape {
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t width = 0;
  int64_t context = 0;
  bool qkv_bias = false;
  bool tie_embeddings = false;
  double dropout = -1;
  bool operator==(const Shape&) const = default;

  template <class V>
  constexpr void Describe(V& v) {
    v("layers", layers, {.help = ""});
    v("heads", heads, {.help = ""});
    v("width", width, {.help = ""});
    v("context", context, {.help = ""});
    v("qkv_bias", qkv_bias, {.help = ""});
    v("tie_embeddings", tie_embeddings, {.help = ""});
    v("dropout", dropout, {.help = ""});
  }
};

Shape Preset(std::string_view name) {
  for (const EmbeddedFile& file : EmbeddedFiles()) {
    if (file.path != "configs/model/" + std::string(name) + ".yaml") continue;
    EXPECT_TRUE(file.text.starts_with("# ")) << name;
    auto parsed = ParseConfig<Shape>({std::string(file.text), std::string(file.path), "", {}, ""});
    EXPECT_TRUE(parsed.ok()) << Errors(parsed.errors);
    return parsed.config;
  }
  ADD_FAILURE() << "no preset " << name;
  return {};
}

TEST(ConfigEmbedded, HoldsTheModelPresets) {
  EXPECT_EQ(Preset("nano"), (Shape{6, 8, 256, 256, false, true, 0}));
  EXPECT_EQ(Preset("small"), (Shape{8, 8, 512, 512, false, true, 0}));
  EXPECT_EQ(Preset("medium"), (Shape{12, 12, 768, 1024, false, true, 0}));
  EXPECT_EQ(Preset("large"), (Shape{12, 16, 1024, 1024, false, true, 0}));
  EXPECT_EQ(Preset("xlarge"), (Shape{24, 16, 1024, 1024, false, true, 0}));
  EXPECT_EQ(Preset("gpt2-124m"), (Shape{12, 12, 768, 1024, true, true, 0}));
}

TEST(ConfigEmbedded, IsOrderedByPath) {
  const auto& files = EmbeddedFiles();
  for (size_t i = 1; i < files.size(); ++i) EXPECT_LT(files[i - 1].path, files[i].path);
}

}  // namespace
}  // namespace lab
