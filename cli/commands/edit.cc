// rename, priority, tag, note: what a person calls a job and how urgent it is.

#include <charconv>
#include <memory>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/each_job.h"
#include "cli/errors.h"
#include "core/base/strings.h"
#include "proto/client/job_words.h"

namespace lab::cli {
namespace {

struct Given {
  std::string names;
  std::vector<std::string> words;
  bool remove = false;
};

// Words that the shell took apart.
std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += StrCat(text.empty() ? "" : " ", word);
  return text;
}

// Sends `change` for each job.
absl::StatusOr<int> Edit(Context& context, const Given& given, const v1::UpdateJobRequest& change,
                         const JobLine& line) {
  auto call = [&](const LabClient& client, int64_t id) {
    v1::UpdateJobRequest request = change;
    request.set_job_id(id);
    return client.UpdateJob(request);
  };
  return ForEachJob(context, {given.names}, call, line);
}

absl::StatusOr<int> Rename(Context& context, const Given& given) {
  v1::UpdateJobRequest change;
  change.set_name(Joined(given.words));
  return Edit(context, given, change, [](const v1::Job& job) {
    return StrCat("job ", job.id(), " is called ", ForTerminal(job.name(), false));
  });
}

absl::StatusOr<int> Priority(Context& context, const Given& given) {
  const std::string& word = given.words.front();
  int64_t priority = 0;
  auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), priority);
  if (error != std::errc() || end != word.data() + word.size() || given.words.size() > 1) {
    return UsageError(StrCat("the priority must be one whole number, is ", Joined(given.words)));
  }
  v1::UpdateJobRequest change;
  change.set_priority(priority);
  return Edit(context, given, change, [](const v1::Job& job) {
    return StrCat("job ", job.id(), " has priority ", job.priority());
  });
}

absl::StatusOr<int> Tag(Context& context, const Given& given) {
  v1::UpdateJobRequest change;
  for (const std::string& word : given.words) {
    if (given.remove) {
      change.add_remove_tags(word);
    } else {
      change.add_add_tags(word);
    }
  }
  return Edit(context, given, change, [](const v1::Job& job) {
    std::string tags = ForTerminal(TagsText(job), false);
    return StrCat("job ", job.id(), tags.empty() ? " has no tags" : " is tagged ", tags);
  });
}

absl::StatusOr<int> Note(Context& context, const Given& given) {
  v1::UpdateJobRequest change;
  change.set_note(Joined(given.words));
  return Edit(context, given, change, [](const v1::Job& job) {
    return StrCat(
        "job ", job.id(),
        job.note().empty() ? " has no note" : StrCat(": ", ForTerminal(job.note(), true)));
  });
}

using EditFunction = absl::StatusOr<int> (*)(Context&, const Given&);

Run Configure(Arguments& takes, EditFunction run, const char* word, const char* help) {
  auto given = std::make_shared<Given>();
  takes.Word("id", &given->names, "a job or a group; several with commas")
      .Offers(OfferJobsOrGroups());
  takes.Words(word, &given->words, help);
  if (run == Tag) takes.Flag("--remove", &given->remove, "take these words away");
  return [given, run](Context& context) { return run(context, *given); };
}

}  // namespace

Run ConfigureRename(Arguments& takes) { return Configure(takes, Rename, "name", "the new name"); }
Run ConfigurePriority(Arguments& takes) {
  return Configure(takes, Priority, "number", "higher starts first; 0 is ordinary");
}
Run ConfigureTag(Arguments& takes) {
  return Configure(takes, Tag, "words", "words without blanks, to find the job by");
}
Run ConfigureNote(Arguments& takes) {
  return Configure(takes, Note, "text", "replaces the note; \"\" clears it");
}

}  // namespace lab::cli
