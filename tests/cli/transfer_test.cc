// export and import: the file arrives whole or not at all.

#include <filesystem>

#include "core/base/file.h"
#include "tests/cli/labctl_fixture.h"

namespace lab::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Transfer : public LabctlTest {
 protected:
  Transfer() {
    lab_.AddJob(12, v1::Job::PAUSED);
    lab_.archive = {"first ", std::string("\0\xff", 2), " last"};
    std::filesystem::create_directory(folder_);
  }
  std::vector<std::string> Left() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }
  const std::filesystem::path folder_ = lab_.folder() / "out";
  const std::string file_ = (folder_ / "job.tar").string();
  const std::string bytes_ = std::string("first \0\xff last", 13);
};

TEST_F(Transfer, ExportsToAFile) {
  Outcome outcome = Labctl({"export", "12", file_});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "job 12 in " + file_ + " (13 B)\n");
  EXPECT_EQ(*ReadFile(file_), bytes_);
  EXPECT_THAT(Left(), ElementsAre("job.tar"));
  EXPECT_THAT(lab_.exports.at(0).job_ids(), ElementsAre(12));
  EXPECT_EQ(lab_.exports.at(0).checkpoints(), v1::ExportJobsRequest::ALL);
  Json document = LabctlJson({"export", "12", file_, "--force", "--weights-only"});
  EXPECT_EQ(document["size_bytes"], 13);
  EXPECT_EQ(lab_.exports.at(1).checkpoints(), v1::ExportJobsRequest::WEIGHTS);
}

TEST_F(Transfer, ReplacesNothingUnasked) {
  ASSERT_TRUE(WriteFileAtomically(file_, "mine").ok());
  EXPECT_EQ(Labctl({"export", "12", file_}).code, 4);
  EXPECT_EQ(*ReadFile(file_), "mine");
}

TEST_F(Transfer, ABrokenExportLeavesNothing) {
  lab_.archive_breaks = true;
  Outcome outcome = Labctl({"export", "12", file_});
  EXPECT_EQ(outcome.code, 4) << "try again";
  EXPECT_THAT(outcome.err, HasSubstr("a file changed"));
  EXPECT_THAT(Left(), IsEmpty());
}

TEST_F(Transfer, ExportsToStdoutAndTalksOnStderr) {
  Outcome outcome = Labctl({"export", "12", "-"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, bytes_);
  EXPECT_EQ(outcome.err, "12 exported: 13 B\n");
  terminal_.out_is_tty = true;
  EXPECT_EQ(Labctl({"export", "12", "-"}).code, 2);
}

TEST_F(Transfer, APlaceThatCannotBeWrittenIsNamed) {
  Outcome outcome = Labctl({"export", "12", "/proc/job.tar"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("/proc"));
}

TEST_F(Transfer, ImportsFromFileAndStdin) {
  auto& job = *lab_.imported.add_jobs();
  job.set_job_id(3);
  job.set_source_job_id(12);
  job.set_state("paused");
  job.set_resumable(true);
  lab_.imported.set_host("box");
  std::string large(2'500'000, 'x');
  ASSERT_TRUE(WriteFileAtomically(file_, large).ok());
  Outcome outcome = Labctl({"import", file_});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "job 3 imported: job 12 of box, paused; labctl resume 3 goes on with it\n");
  EXPECT_EQ(lab_.import_bytes, large);
  input_ = "from stdin";
  Json document = LabctlJson({"import", "-"});
  EXPECT_EQ(lab_.import_bytes, "from stdin");
  EXPECT_EQ(document["jobs"][0]["origin"]["host"], "box");
  EXPECT_EQ(document["jobs"][0]["resumable"], true);
}

TEST_F(Transfer, ARefusedImportNamesFileAndEntry) {
  ASSERT_TRUE(WriteFileAtomically(file_, "bad").ok());
  Outcome outcome = Labctl({"import", file_});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr(file_ + ": the entry \"x\" stands twice"));
  EXPECT_EQ(Labctl({"import", file_ + ".not"}).code, 3);
  EXPECT_EQ(Labctl({"import", folder_.string()}).code, 2);
}

}  // namespace
}  // namespace lab::cli
