#include <string>

#include <gtest/gtest.h>

#include "core/config/settings.h"
#include "tests/core/config_example.h"

namespace lab {
namespace {

struct Inner {
  std::string name = "a";
  bool deep = false;
  template <class V>
  constexpr void Describe(V& v) {
    v("name", name, {.help = "what it is called", .choices = {"a", "b"}, .live = true});
    v("deep", deep, {.help = "how far"});
  }
};

struct Program {
  int64_t port = 80;
  AutoOr<int64_t> limit;
  Inner inner;
  template <class V>
  constexpr void Describe(V& v) {
    v("port", port, {.help = "where it listens", .min = 1, .max = 99});
    v("limit", limit, {.help = "how much", .unit = "bytes", .live = true});
    v("inner", inner, {.help = "What lies within"});
  }
};

ConfigText Text(std::string text, std::vector<std::string> overrides = {}) {
  return {std::move(text), "p.yaml", "/etc", std::move(overrides), "/here"};
}

TEST(ConfigSettings, KnowNoneOfTheQueuesKeys) {
  EXPECT_EQ(Errors(ParseSettings<Program>(
                       Text("type: x\nname: y\nseeds: 2\nsweep: {port: [1]}\npot: 1\n"))
                       .errors),
            "p.yaml:1: type: unknown key \"type\" (CONFIG_INVALID)\n"
            "p.yaml:2: name: unknown key \"name\" (CONFIG_INVALID); did you mean inner.name?\n"
            "p.yaml:3: seeds: unknown key \"seeds\" (CONFIG_INVALID)\n"
            "p.yaml:4: sweep: unknown key \"sweep\" (CONFIG_INVALID)\n"
            "p.yaml:5: pot: unknown key \"pot\" (CONFIG_INVALID); did you mean port?\n");
}

TEST(ConfigSettings, SayWhereEachComesFrom) {
  ConfigText text = Text("limit: 7\n\ninner:\n  name: b\n", {"inner.deep=true", "limit=9"});
  Parsed<Program> parsed = ParseSettings<Program>(text);
  ASSERT_EQ(Errors(parsed.errors), "");
  std::string lines;
  for (const Setting& setting : ListSettings(parsed.config, text)) {
    lines += setting.field + "=" + setting.value + " " + setting.from +
             (setting.live ? " live\n" : "\n");
  }
  EXPECT_EQ(lines,
            "port=80 default\nlimit=9 --set live\ninner.name=b p.yaml:4 live\n"
            "inner.deep=true --set\n");
}

TEST(ConfigSettings, TheExampleExplainsAndHoldsTheDefaults) {
  std::string example = WriteExample<Program>("Of a program.\n\nTwo paragraphs.");
  EXPECT_EQ(example,
            "# Of a program.\n#\n# Two paragraphs.\n\n"
            "# where it listens (at least 1; at most 99; takes a restart)\n#port: 80\n\n"
            "# how much (bytes)\n#limit: auto\n\n"
            "# What lies within\ninner:\n\n"
            "  # what it is called (one of a, b)\n  #name: a\n\n"
            "  # how far (takes a restart)\n  #deep: false\n");
  Parsed<Program> parsed = ParseSettings<Program>(Text(example));
  EXPECT_EQ(Errors(parsed.errors), "");
  EXPECT_EQ(WriteYaml(parsed.config), WriteYaml(Program{}));
}

}  // namespace
}  // namespace lab
