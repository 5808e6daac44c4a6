#include "gui/models/config_form_model.h"

#include <gmock/gmock.h>

#include <QSignalSpy>

#include "gui/models/words.h"
#include "tests/gui/form_catalog.h"

namespace lab::gui {
namespace {

QString s(const char* utf8) { return QString::fromUtf8(utf8); }

class ConfigFormModelTest : public ::testing::Test {
 protected:
  ConfigFormModelTest() { model_.setCatalog(formCatalog()); }

  const FormField& field(const char* name) { return model_.fields()[model_.indexOf(name)]; }
  void set(const char* name, const char* value) { model_.setValue(model_.indexOf(name), s(value)); }

  ConfigFormModel model_;
};

v1::CheckReport reportOf(const char* field, const char* message, const char* file = "",
                         int line = 0) {
  v1::CheckReport report;
  v1::FieldError* error = report.add_errors();
  error->set_field(field);
  error->set_message(message);
  error->set_file(file);
  error->set_line(line);
  return report;
}

TEST_F(ConfigFormModelTest, BeginsWithTheDefaultsOfTheFirstType) {
  EXPECT_EQ(model_.type().name(), "pretrain");
  EXPECT_EQ(field("optim.learning_rate").value, s("0.001"));
  EXPECT_EQ(field("optim.learning_rate").label, s("learning rate"));
  EXPECT_EQ(field("optim.learning_rate").group, s("optim"));
  EXPECT_EQ(field("model.layers").value, QString());
  for (const FormField& each : model_.fields()) EXPECT_FALSE(each.changed()) << each.spec.name();
  EXPECT_EQ(model_.yaml(), s("type: pretrain\n"));
}

TEST_F(ConfigFormModelTest, WritesOnlyWhatDiffers) {
  set("model.layers", "4");
  set("optim.learning_rate", "1e-3");  // the default, written otherwise
  set("evaluate.every", "50");
  set("model.tie_embeddings", "false");
  EXPECT_FALSE(field("optim.learning_rate").changed());
  EXPECT_TRUE(field("model.layers").changed());
  EXPECT_EQ(model_.yaml(), s("type: pretrain\nmodel:\n  layers: 4\n  tie_embeddings: false\n"
                             "evaluate:\n  every: 50\n"));
  model_.restore(model_.indexOf("model.layers"));
  EXPECT_FALSE(field("model.layers").changed());
}

TEST_F(ConfigFormModelTest, TellsAnEmptyTextFromNone) {
  set("sample.prompt", "");
  EXPECT_TRUE(field("sample.prompt").changed());
  EXPECT_EQ(model_.yaml(), s("type: pretrain\nsample:\n  prompt: \"\"\n"));
  set("sample.prompt", "Once");
  set("optim.learning_rate", "");
  EXPECT_FALSE(field("optim.learning_rate").changed());
}

TEST_F(ConfigFormModelTest, GivesYamlBackAsFields) {
  set("name", "on");
  set("sample.prompt", "one\ntwo: \"three\"");
  set("optim.learning_rate", "3e-3");
  set("observe.metrics", "a/b, c");
  set("seeds", "3");
  set("seed", "7");
  model_.setSweep({{s("optim.learning_rate"), s("1e-3, 3e-3"), {}}});
  const QString yaml = model_.yaml();
  ConfigFormModel other;
  other.setCatalog(formCatalog());
  other.setYaml(yaml);
  EXPECT_EQ(other.trouble(), QString());
  for (size_t i = 0; i < model_.fields().size(); ++i) {
    EXPECT_EQ(other.fields()[i].value, model_.fields()[i].value) << model_.fields()[i].spec.name();
  }
  ASSERT_EQ(other.sweep().size(), 1U);
  EXPECT_EQ(other.sweep()[0].values, s("1e-3, 3e-3"));
  // Written again by the form it is the same text.
  other.setValue(other.indexOf("seed"), s("8"));
  other.setValue(other.indexOf("seed"), s("7"));
  EXPECT_EQ(other.yaml(), yaml);
}

TEST_F(ConfigFormModelTest, KeepsALoadedTextUntilAFieldChanges) {
  v1::ConfigText config;
  config.set_text("# mine\ntype: pretrain\nmodel: {layers: 3}   # few\nodd: {thing: [1, \"2\"]}\n");
  config.set_file("mine.yaml");
  config.set_base("/home/me");
  model_.load(config);
  EXPECT_EQ(model_.config().text(), config.text());
  EXPECT_EQ(model_.config().file(), "mine.yaml");
  EXPECT_EQ(model_.config().base(), "/home/me");
  EXPECT_EQ(field("model.layers").value, s("3"));
  set("model.layers", "5");
  EXPECT_EQ(model_.yaml(), s("type: pretrain\nodd:\n  thing: [1, \"2\"]\nmodel:\n  layers: 5\n"));
  EXPECT_EQ(model_.config().base(), "/home/me");
}

TEST_F(ConfigFormModelTest, TakesTheOverridesOfASubmittedConfig) {
  v1::ConfigText config;
  config.set_text("type: pretrain\nmodel: {layers: 3}\n");
  config.add_overrides("model.layers=4");
  config.add_overrides("seed=2");
  model_.load(config);
  EXPECT_EQ(model_.yaml(), s("type: pretrain\nmodel:\n  layers: 4\nseed: 2\n"));
  EXPECT_TRUE(model_.config().overrides().empty());
}

TEST_F(ConfigFormModelTest, SaysWhereATextIsBrokenAndSendsItAllTheSame) {
  model_.setYaml(s("type: pretrain\nmodel: {layers: 3\ntrain: [\n"));
  EXPECT_THAT(utf8(model_.trouble()), ::testing::StartsWith("line "));
  EXPECT_FALSE(model_.wrongLines().isEmpty());
  EXPECT_EQ(model_.config().text(), "type: pretrain\nmodel: {layers: 3\ntrain: [\n");
  model_.setYaml(s("type: nothing\n"));
  EXPECT_THAT(utf8(model_.trouble()), ::testing::HasSubstr("nothing"));
}

TEST_F(ConfigFormModelTest, FollowsTheTypeOfATextAndKeepsTheQueuesOptions) {
  set("priority", "5");
  model_.setYaml(s("type: tokenize\ndata: {corpus: tales}\n"));
  EXPECT_EQ(model_.type().name(), "tokenize");
  EXPECT_EQ(field("data.corpus").value, s("tales"));
  EXPECT_EQ(model_.indexOf("model.layers"), -1);
  set("hold", "true");
  const v1::CreateJobRequest request = model_.request();
  EXPECT_EQ(request.priority(), 5);
  EXPECT_TRUE(request.hold());
  EXPECT_EQ(request.config().text(), "type: tokenize\ndata: {corpus: tales}\n");
}

TEST_F(ConfigFormModelTest, PutsErrorsAtTheirFields) {
  QSignalSpy changes(&model_, &ConfigFormModel::fieldChanged);
  v1::CheckReport report = reportOf("model.layers", "must be at least 1, is 0", "", 2);
  report.mutable_errors(0)->set_suggestion("1");
  report.add_errors()->set_message("cannot be read");
  v1::FieldError* warning = report.add_warnings();
  warning->set_field("optim.learning_rate");
  warning->set_message("high");
  model_.take(report);
  EXPECT_THAT(utf8(field("model.layers").error), ::testing::StartsWith("must be at least 1"));
  EXPECT_THAT(utf8(field("model.layers").error), ::testing::HasSubstr("did you mean 1"));
  EXPECT_EQ(field("optim.learning_rate").warning, s("high"));
  EXPECT_EQ(model_.errorsElsewhere(), QStringList{s("cannot be read")});
  EXPECT_EQ(model_.firstError(), model_.indexOf("model.layers"));
  EXPECT_EQ(model_.wrongLines(), QList<int>{2});
  EXPECT_EQ(changes.count(), 2);
  // A new value makes an old error void.
  set("model.layers", "2");
  EXPECT_EQ(field("model.layers").error, QString());
}

TEST_F(ConfigFormModelTest, PutsErrorsOfASweepAtItsRow) {
  model_.setSweep({{s("seed"), s("1, 2"), {}}, {s("optim.beta"), s("1"), {}}});
  model_.take(reportOf("sweep.optim.beta", "unknown field"));
  EXPECT_EQ(model_.sweep()[1].error, s("unknown field"));
  EXPECT_TRUE(model_.errorsElsewhere().isEmpty());
  model_.take(reportOf("seed", "must be at least 0, is -1", "--set"));
  EXPECT_EQ(model_.sweep()[0].error, s("must be at least 0, is -1"));
  EXPECT_EQ(model_.sweep()[1].error, QString());
  EXPECT_EQ(field("seed").error, QString());
}

TEST_F(ConfigFormModelTest, ShowsWhatUnsetFieldsBecome) {
  v1::CheckReport report;
  report.set_resolved("type: pretrain\nmodel:\n  layers: 6\n  tie_embeddings: true\n");
  model_.take(report);
  EXPECT_EQ(field("model.layers").resolved, s("6"));
  EXPECT_EQ(field("model.layers").value, QString());
  EXPECT_FALSE(field("model.layers").changed());
}

TEST_F(ConfigFormModelTest, WritesASweepByTheKindOfItsField) {
  model_.setSweep({{s("optim.learning_rate"), s("1e-3, 3e-3"), {}},
                   {s("data.corpus"), s("stories, 1984"), {}},
                   {s("seed"), s("  "), {}}});
  EXPECT_EQ(model_.yaml(), s("type: pretrain\nsweep:\n  optim.learning_rate: [1e-3, 3e-3]\n"
                             "  data.corpus: [stories, \"1984\"]\n"));
}

}  // namespace
}  // namespace lab::gui
