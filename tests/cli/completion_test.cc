// What Tab offers, made from the commands' own declarations and from labd's answers.

#include "cli/command_line.h"
#include "cli/completion/complete.h"
#include "cli/completion/scripts.h"
#include "tests/cli/labctl_fixture.h"

namespace lab::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

class CompletionTest : public LabctlTest {
 protected:
  Candidates Offered(const std::vector<std::string>& words, int seconds = 60) {
    return Complete(
        line_.description(), words, [this](const std::string& name) { return environment_[name]; },
        std::chrono::steady_clock::now() + std::chrono::seconds(seconds));
  }
  std::vector<std::string> Values(const std::vector<std::string>& words) {
    std::vector<std::string> values;
    for (const Candidate& one : Offered(words).all) values.push_back(one.value);
    return values;
  }

  CommandLine line_;
};

v1::Field Field(const std::string& name, bool live) {
  v1::Field field;
  field.set_name(name);
  field.set_type("float");
  field.set_help("Says what " + name + " is");
  field.set_live(live);
  return field;
}

v1::Catalog SmallCatalog() {
  v1::Catalog catalog;
  v1::JobType& type = *catalog.add_job_types();
  type.set_name("pretrain");
  type.set_title("Pretrain a model");
  *type.add_fields() = Field("optim.learning_rate", true);
  *type.add_fields() = Field("optim.warmup_steps", false);
  v1::Field& precision = *type.add_fields();
  precision = Field("train.precision", false);
  precision.set_default_value("auto");
  for (const char* choice : {"auto", "fp32", "bf16"}) precision.add_choices(choice);
  type.add_metrics()->set_name("train/loss");
  v1::JobType& other = *catalog.add_job_types();
  other.set_name("tokenize");
  *other.add_fields() = Field("data.corpus", false);
  other.mutable_fields(other.fields_size() - 1)->set_path(true);
  v1::Preset& run = *catalog.add_presets();
  run.set_name("first_run");
  run.set_kind("job");
  run.set_text("# A first run\ntype: pretrain\n");
  v1::Preset& shape = *catalog.add_presets();
  shape.set_name("nano");
  shape.set_kind("model");
  return catalog;
}

TEST_F(CompletionTest, CommandsAndWhatStandsBelowThem) {
  EXPECT_THAT(Values({""}), IsSupersetOf({"submit", "list", "storage", "completion"}));
  EXPECT_THAT(Values({""}), Not(Contains("__complete")));
  EXPECT_THAT(Values({"resu"}), ElementsAre("resume"));
  EXPECT_THAT(Values({"help", "resu"}), ElementsAre("resume"));
  EXPECT_THAT(Values({"storage", ""}), ElementsAre("prune"));
  EXPECT_THAT(Values({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(Values({"no_such_command", "x"}), IsEmpty());
}

TEST_F(CompletionTest, OptionsThatMayStillCome) {
  EXPECT_THAT(Values({"logs", "--f"}), ElementsAre("--follow"));
  EXPECT_THAT(Values({"logs", "--follow", "--f"}), IsEmpty());
  EXPECT_THAT(Values({"logs", "-"}), IsSupersetOf({"--tail", "--host", "--json", "--help"}));
  EXPECT_THAT(Values({"submit", "--set", "a=1", "--se"}), ElementsAre("--set"));
  EXPECT_THAT(Values({"export", "1", "--weights-only", "--with"}), IsEmpty());
  EXPECT_THAT(Values({"--color", ""}), ElementsAre("auto", "always", "never"));
  EXPECT_THAT(Values({"--color=a"}), ElementsAre("--color=auto", "--color=always"));
  EXPECT_THAT(Values({"logs", "--", "-"}), IsEmpty());
}

TEST_F(CompletionTest, JobsWhoseStateFitsTheVerb) {
  lab_.AddJob(1, v1::Job::RUNNING).set_name("first");
  lab_.AddJob(2, v1::Job::PAUSED).set_group("rates");
  lab_.AddJob(3, v1::Job::HELD);
  EXPECT_THAT(Values({"pause", ""}), ElementsAre("1"));
  EXPECT_THAT(Values({"resume", ""}), ElementsAre("2", "rates"));
  EXPECT_THAT(Values({"release", ""}), ElementsAre("3"));
  EXPECT_THAT(Values({"cancel", ""}), IsSupersetOf({"1", "2", "3", "rates"}));
  EXPECT_THAT(Values({"cancel", "1", ""}), Not(Contains("1")));
  EXPECT_THAT(Values({"storage", "prune", "--jobs", "1,ra"}), ElementsAre("1,rates"));
  EXPECT_THAT(Values({"list", "--group", ""}), ElementsAre("rates"));
  std::vector<Candidate> offered = Offered({"pause", ""}).all;
  ASSERT_EQ(offered.size(), 1u);
  EXPECT_THAT(offered[0].text, HasSubstr("running"));
  EXPECT_THAT(offered[0].text, HasSubstr("first"));
}

TEST_F(CompletionTest, MetricsOfTheJobThatWasNamed) {
  lab_.catalog = SmallCatalog();
  v1::Job& job = lab_.AddJob(1, v1::Job::RUNNING);
  job.add_summary()->set_metric("val/loss");
  EXPECT_THAT(Values({"metrics", ""}), ElementsAre("1"));
  EXPECT_THAT(Values({"metrics", "1", ""}), ElementsAre("val/loss"));
  EXPECT_THAT(Values({"compare", "1", "--metric", ""}), ElementsAre("val/loss"));
  EXPECT_THAT(Values({"compare", "--metric", ""}), ElementsAre("train/loss"));
}

TEST_F(CompletionTest, FieldsOfTheTypeThatWasNamed) {
  lab_.catalog = SmallCatalog();
  lab_.AddJob(1, v1::Job::RUNNING);
  EXPECT_THAT(Values({"submit", ""}), ElementsAre("first_run", "pretrain", "tokenize"));
  EXPECT_THAT(Values({"presets", ""}), ElementsAre("first_run", "nano"));
  EXPECT_THAT(Values({"submit", "first_run", "--set", "optim."}),
              ElementsAre("optim.learning_rate=", "optim.warmup_steps="));
  EXPECT_THAT(Values({"submit", "tokenize", "--set="}), ElementsAre("--set=data.corpus="));
  EXPECT_THAT(Values({"duplicate", "1", "--set", "train.precision="}),
              ElementsAre("train.precision=auto", "train.precision=fp32", "train.precision=bf16"));
  EXPECT_THAT(Values({"set", "1", ""}), ElementsAre("optim.learning_rate="));
  EXPECT_THAT(Values({"explain", "optim.l"}), ElementsAre("optim.learning_rate"));
  EXPECT_THAT(Values({"explain", "pretrain.optim.l"}), ElementsAre("pretrain.optim.learning_rate"));
}

TEST_F(CompletionTest, ModelsAndTheirCheckpoints) {
  lab_.AddJob(1, v1::Job::QUEUED);
  v1::Job& job = lab_.AddJob(2, v1::Job::SUCCEEDED);
  job.mutable_progress()->set_step(200);
  job.add_checkpoints()->set_step(100);
  job.add_checkpoints()->set_step(200);
  EXPECT_THAT(Values({"generate", ""}), ElementsAre("2"));
  EXPECT_THAT(Values({"generate", "2@"}), ElementsAre("2@final", "2@200", "2@100"));
  EXPECT_TRUE(Offered({"generate", ""}).files);
  EXPECT_FALSE(Offered({"pause", ""}).files);
  EXPECT_THAT(Values({"tokens", "text", "--tokenizer", ""}), ElementsAre("byte", "2"));
}

TEST_F(CompletionTest, CorporaAndWhichOfThemCanGo) {
  v1::Corpus& built_in = *lab_.corpora.add_corpora();
  built_in.set_name("stories");
  built_in.set_kind("generated");
  v1::Corpus& own = *lab_.corpora.add_corpora();
  own.set_name("mine");
  own.set_kind("local");
  EXPECT_THAT(Values({"corpora", "show", ""}), ElementsAre("stories", "mine"));
  EXPECT_THAT(Values({"corpora", "remove", ""}), ElementsAre("mine"));
  lab_.catalog = SmallCatalog();
  EXPECT_THAT(Values({"submit", "tokenize", "--set", "data.corpus="}),
              ElementsAre("data.corpus=stories", "data.corpus=mine"));
  EXPECT_THAT(Values({"evaluate", "1", "--corpus", "s"}), ElementsAre("stories"));
}

TEST_F(CompletionTest, WithoutLabdThereIsWhatIsKnownWithoutIt) {
  lab_.AddJob(1, v1::Job::RUNNING);
  lab_.Stop();
  EXPECT_THAT(Values({"pause", ""}), IsEmpty());
  EXPECT_THAT(Values({"pau"}), ElementsAre("pause"));
  Outcome outcome = Labctl({"__complete", "pause", ""});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "words\n");
  EXPECT_EQ(outcome.err, "");
}

TEST_F(CompletionTest, AsksNobodyWhenTheTimeIsOver) {
  lab_.AddJob(1, v1::Job::RUNNING);
  EXPECT_THAT(Offered({"pause", ""}, /*seconds=*/-1).all, IsEmpty());
  EXPECT_THAT(lab_.listed, IsEmpty());
}

TEST_F(CompletionTest, PrintsOneCandidateALineWithItsText) {
  Outcome outcome = Labctl({"__complete", "resu"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, ::testing::StartsWith("words\nresume\t"));
  EXPECT_EQ(Labctl({"completion", "tcsh"}).code, 2);
  for (const std::string& shell : CompletionShells()) {
    EXPECT_THAT(Labctl({"completion", shell}).out, HasSubstr("__complete")) << shell;
  }
}

}  // namespace
}  // namespace lab::cli
