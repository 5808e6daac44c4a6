#include <limits>

#include <gtest/gtest.h>

#include "core/config/rows.h"
#include "core/config/scalar.h"
#include "tests/core/config_example.h"

namespace lab {
namespace {

struct Forgetful {
  int64_t told = 1;
  std::optional<double> forgotten;
  template <class V>
  constexpr void Describe(V& v) {
    v("told", told, {.help = "has a row"});
  }
};

TEST(ConfigRows, CountsMembersAndRowsSoThatAForgottenOneDoesNotCompile) {
  static_assert(config_internal::MemberCount<Forgetful>() == 2);
  static_assert(config_internal::RowCount<Forgetful>() == 1);
  static_assert(config_internal::MemberCount<ExampleConfig>() == 13);
  static_assert(config_internal::MemberCount<ExampleSplit>() == 2);
}

TEST(ConfigScalar, ReadsNumbersAsPeopleWriteThem) {
  EXPECT_EQ(ParseInt("0256"), 256);
  EXPECT_EQ(ParseInt("6e2"), 600);
  EXPECT_EQ(ParseInt("600.0"), 600);
  EXPECT_EQ(ParseInt("+7"), 7);
  EXPECT_EQ(ParseInt("-7"), -7);
  EXPECT_EQ(ParseInt("9223372036854775807"), std::numeric_limits<int64_t>::max());
  for (const char* wrong : {"", "abc", "1_000", "0x10", "1.5", "1e30", "9223372036854775808", "--1",
                            "+-1", "1 2", ".inf", "nan", "1,5"}) {
    EXPECT_EQ(ParseInt(wrong), std::nullopt) << wrong;
  }
  EXPECT_EQ(ParseDouble("1e-3"), 0.001);
  EXPECT_EQ(ParseDouble("-.5"), -0.5);
  EXPECT_EQ(ParseDouble("3."), 3.0);
  for (const char* wrong : {"", ".inf", "inf", "nan", "1e400", "0x1p3", "1e", "one", "1 "}) {
    EXPECT_EQ(ParseDouble(wrong), std::nullopt) << wrong;
  }
}

TEST(ConfigScalar, KnowsTwoTruthValues) {
  EXPECT_EQ(ParseBool("true"), true);
  EXPECT_EQ(ParseBool("FALSE"), false);
  for (const char* wrong : {"yes", "no", "on", "1", "tRue", ""}) {
    EXPECT_EQ(ParseBool(wrong), std::nullopt) << wrong;
  }
}

TEST(ConfigParse, GivesDefaultsForAnEmptyTextAndHeaderKeys) {
  for (const char* text : {"", "# only a comment\n", "type: sample\nname: x\nseeds: 2\nsweep: {}\n",
                           "optim:\ndata: {}\n"}) {
    auto parsed = ParseExample(text);
    EXPECT_TRUE(parsed.ok()) << text << Errors(parsed.errors);
    EXPECT_EQ(parsed.config, ExampleConfig{}) << text;
  }
}

TEST(ConfigParse, ReadsEveryKindOfMember) {
  auto parsed = ParseExample(R"(
steps: null
tokens: 1e6
micro_batch: 016
tied: false
attention: explicit
prompt: "12"
every: 50
precision: bf16
layers: [0, 3]
flags: [true, false]
optim: {learning_rate: 1e-3}
data:
  validation: {corpus: held_out}
)");
  ASSERT_TRUE(parsed.ok()) << Errors(parsed.errors);
  ExampleConfig expected;
  expected.steps.reset();
  expected.tokens = 1000000;
  expected.micro_batch = 16;
  expected.tied = false;
  expected.attention = "explicit";
  expected.prompt = "12";
  expected.every.value = 50;
  expected.precision.value = "bf16";
  expected.layers = {0, 3};
  expected.flags = {true, false};
  expected.optim.learning_rate = 1e-3;
  expected.data.validation.corpus = "held_out";
  EXPECT_EQ(parsed.config, expected);
}

TEST(ConfigParse, ReadsBackWhatItWrites) {
  ExampleConfig config;
  config.steps.reset();
  config.tokens = std::numeric_limits<int64_t>::max();
  config.every.value = 0;
  config.precision.value = "fp32";
  config.layers = {};
  config.flags = {false, true};
  config.optim.learning_rate = 0.1 + 0.2;
  config.optim.beta1 = 1e-30;
  config.data.corpus = "/a b/\"quoted\": #x.txt";
  config.data.extra = {"/one.txt", "",    "a, b]", "bpe:2048", "null",
                       "auto",     "- x", "12",    "ä\n\t\x01"};
  for (std::string prompt : {"null", "true", "auto", "12", "", " spaced ", "a: b", "# no", "~",
                             "{x}", "it's \"so\" \\ and\nso", "Zoë", "a:", "<|endoftext|>"}) {
    config.prompt = prompt;
    std::string yaml = WriteYaml(config);
    auto parsed = ParseExample(yaml);
    ASSERT_TRUE(parsed.ok()) << yaml << Errors(parsed.errors);
    EXPECT_EQ(parsed.config, config) << yaml;
  }
}

TEST(ConfigParse, WritesFieldsInTheirOrder) {
  EXPECT_EQ(WriteYaml(ExampleSplit{}), "fraction: 0.1\ncorpus: null\n");
  EXPECT_EQ(WriteYaml(ExampleData{}),
            "corpus: stories\nvalidation:\n  fraction: 0.1\n  corpus: null\nextra: []\n");
}

TEST(ConfigParse, AppliesOverridesInOrderAfterTheText) {
  auto parsed = ParseExample(
      "steps: 5\noptim: {beta1: 0.5}\n",
      {"steps=6", "steps=7", "optim.learning_rate = 1e-2", "data.validation={fraction: 0.2}",
       "prompt=Once upon: a # time", "layers=[4, 5]", "every=auto", "precision=bf16"});
  ASSERT_TRUE(parsed.ok()) << Errors(parsed.errors);
  EXPECT_EQ(parsed.config.steps, 7);
  EXPECT_EQ(parsed.config.optim.learning_rate, 1e-2);
  EXPECT_EQ(parsed.config.optim.beta1, 0.5);
  EXPECT_EQ(parsed.config.data.validation.fraction, 0.2);
  EXPECT_EQ(parsed.config.prompt, "Once upon: a # time");
  EXPECT_EQ(parsed.config.layers, (std::vector<int64_t>{4, 5}));
  EXPECT_EQ(ParseExample("", {"prompt="}).config.prompt, "");
  EXPECT_EQ(ParseExample("", {"prompt=\"\\\"a\\\" = b\""}).config.prompt, "\"a\" = b");
  EXPECT_EQ(ParseExample("steps: 5\n", {"steps=null"}).config.steps, std::nullopt);
}

TEST(ConfigParse, ResolvesPathsFromWhereTheyWereGiven) {
  auto parsed = ParseExample("data: {corpus: ./own/../a.txt, extra: [b.jsonl, stories, sub/c]}\n",
                             {"data.validation.corpus=held.txt"});
  ASSERT_TRUE(parsed.ok()) << Errors(parsed.errors);
  EXPECT_EQ(parsed.config.data.corpus, "/texts/a.txt");
  EXPECT_EQ(parsed.config.data.extra,
            (std::vector<std::string>{"/texts/b.jsonl", "stories", "/texts/sub/c"}));
  EXPECT_EQ(parsed.config.data.validation.corpus, "/here/held.txt");
  EXPECT_EQ(ParseExample("data: {corpus: /abs/x.txt}").config.data.corpus, "/abs/x.txt");

  auto remote =
      ParseConfig<ExampleConfig>({"data: {corpus: x.txt, extra: [/y.txt]}", "", "", {}, ""});
  EXPECT_EQ(Errors(remote.errors),
            "line 1: data.corpus: relative paths cannot be resolved on this host; give an absolute "
            "path, not \"x.txt\" (CONFIG_INVALID)\n");
  EXPECT_FALSE(ParseExample("data: {corpus: ~/x.txt}").ok());
}

TEST(ConfigParse, ResolvesASweptPathFromTheText) {
  const char* text = "sweep: {data.corpus: [a.txt, b.txt]}\n";
  EXPECT_EQ(ParseExample(text, {"data.corpus=b.txt"}).config.data.corpus, "/texts/b.txt");
  EXPECT_EQ(ParseExample(text, {"data.corpus=c.txt"}).config.data.corpus, "/here/c.txt");
}

TEST(ConfigParse, ReadsAnOlderKey) {
  EXPECT_EQ(ParseExample("optim: {lr: 0.01}").config.optim.learning_rate, 0.01);
  EXPECT_EQ(
      ParseExample("optim: {lr: 0.01}", {"optim.learning_rate=0.02"}).config.optim.learning_rate,
      0.02);
  EXPECT_EQ(
      ParseExample("optim: {learning_rate: 0.01}", {"optim.lr=0.02"}).config.optim.learning_rate,
      0.02);
  EXPECT_EQ(Errors(ParseExample("optim:\n  lr: 0.01\n  learning_rate: 0.02\n").errors),
            "run.yaml:3: optim.learning_rate: given twice, also as lr (CONFIG_INVALID)\n");
}

TEST(ConfigParse, UnderstandsAnchors) {
  auto parsed = ParseExample("layers: &l [7, 8]\ndata: {extra: *l}\n");
  ASSERT_TRUE(parsed.ok()) << Errors(parsed.errors);
  EXPECT_EQ(parsed.config.data.extra, (std::vector<std::string>{"7", "8"}));
}

TEST(ConfigParse, TakesAnyHonestQuotingAndLineEnd) {
  EXPECT_EQ(ParseExample("\xEF\xBB\xBFprompt: \"a \\\"b\\\\\"\r\nseed: 2\r\n").config.prompt,
            "a \"b\\");
  EXPECT_EQ(ParseExample("seed: 2\nprompt: 'it''s'\n").config.prompt, "it's");
  EXPECT_EQ(ParseExample("prompt: \"two\n  lines\"\n").config.prompt, "two lines");
  EXPECT_EQ(ParseExample("prompt: |\n  \"a\n  b\n").config.prompt, "\"a\nb\n");
  EXPECT_EQ(ParseExample("\"prompt\": it's \"so\n").config.prompt, "it's \"so");
  EXPECT_EQ(
      ParseExample("# Zoë's\n{data: {corpus: 'Zoë', extra: ['é', \"x\"]}}\n").config.data.extra,
      (std::vector<std::string>{"é", "x"}));
}

TEST(ConfigDiff, ListsOnlyWhatDiffers) {
  ExampleConfig a, b;
  b.optim.learning_rate = 1e-3;
  b.steps.reset();
  EXPECT_EQ(Diff(a, b), (std::vector<Difference>{{"steps", "600", "null"},
                                                 {"optim.learning_rate", "6e-04", "0.001"}}));
  EXPECT_TRUE(Diff(a, a).empty());
}

TEST(ConfigSchema, DescribesEveryFieldInOrder) {
  nlohmann::json schema = SchemaOf<ExampleConfig>();
  std::vector<std::string> names;
  for (const auto& field : schema["fields"]) names.push_back(field["name"]);
  EXPECT_EQ(names,
            (std::vector<std::string>{
                "steps", "tokens", "micro_batch", "tied", "attention", "prompt", "every",
                "precision", "layers", "flags", "optim.learning_rate", "optim.beta1", "data.corpus",
                "data.validation.fraction", "data.validation.corpus", "data.extra", "seed"}));
  const auto& steps = schema["fields"][0];
  EXPECT_EQ(steps["type"], "int");
  EXPECT_EQ(steps["optional"], true);
  EXPECT_EQ(steps["default"], 600);
  EXPECT_EQ(steps["unit"], "steps");
  EXPECT_EQ(steps["min"], 1.0);
  EXPECT_FALSE(steps.contains("max"));
  EXPECT_EQ(schema["fields"][1]["default"], nullptr);
  EXPECT_EQ(schema["fields"][1]["default_text"], "");
  EXPECT_EQ(schema["fields"][4]["choices"], nlohmann::json({"fused", "explicit"}));
  EXPECT_EQ(schema["fields"][5]["group"], "samples");
  EXPECT_EQ(schema["fields"][6]["default"], "auto");
  EXPECT_EQ(schema["fields"][6]["auto"], true);
  EXPECT_EQ(schema["fields"][8]["type"], "list");
  EXPECT_EQ(schema["fields"][8]["items"], "int");
  EXPECT_EQ(schema["fields"][8]["default_text"], "[1, 2]");
  const auto& rate = schema["fields"][10];
  EXPECT_EQ(rate["type"], "float");
  EXPECT_EQ(rate["above_min"], true);
  EXPECT_EQ(rate["live"], true);
  EXPECT_EQ(rate["group"], "optim");
  EXPECT_EQ(rate["default_text"], "6e-04");
  EXPECT_EQ(schema["fields"][12]["path"], true);
  EXPECT_EQ(schema["sections"][0], nlohmann::json({{"name", "optim"}, {"help", "the optimizer"}}));
}

}  // namespace
}  // namespace lab
