#include "cli/tensorboard.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <set>
#include <utility>

#include "cli/output/event_file.h"
#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::cli {
namespace {

namespace fs = std::filesystem;

// `text` as one folder's name.
std::string FolderName(std::string_view text) {
  std::string name;
  for (char c : text) name += c == '/' || static_cast<unsigned char>(c) < 0x20 ? '_' : c;
  if (name.empty() || name.front() == '.') name = "_" + name;
  return name.size() > 200 ? name.substr(0, 200) : name;
}

double BeganAt(const v1::Job& job) {
  return UnixSeconds(job.has_start_time() ? job.start_time() : job.create_time());
}

// The same name for the same job, so that the next export replaces the file.
fs::path EventPath(const fs::path& folder, double began, int64_t id) {
  char name[96];
  std::snprintf(name, sizeof(name), "events.out.tfevents.%010lld.llm-lab.%lld.0",
                static_cast<long long>(began), static_cast<long long>(id));
  return folder / name;
}

// Four blanks before each line: shown as it is, whatever it holds.
std::string Verbatim(std::string_view text) {
  std::string lines = "    ";
  for (char c : ReplaceInvalidUtf8(text)) {
    lines += c;
    if (c == '\n') lines += "    ";
  }
  return lines;
}

std::string SampleText(const v1::Sample& sample) {
  return StrCat("prompt, then what was generated (seed ", sample.seed(), ", temperature ",
                FormatNumber(sample.temperature()), "):\n\n",
                Verbatim(StrCat(sample.prompt(), sample.text())));
}

bool IsWanted(const std::vector<std::string>& names, const std::string& metric) {
  return names.empty() || std::find(names.begin(), names.end(), metric) != names.end();
}

class Exporter {
 public:
  Exporter(Context& context, const LabClient& client, const std::vector<std::string>& names,
           fs::path root)
      : context_(context), client_(client), names_(names), root_(std::move(root)) {}

  absl::Status Job(const v1::Job& job, const fs::path& folder) {
    const double began = BeganAt(job);
    ASSIGN_OR_RETURN(EventFile file,
                     EventFile::Create(EventPath(root_ / folder, began, job.id()), began));
    v1::ReadMetricsRequest request;
    request.set_job_id(job.id());
    for (const v1::MetricSummary& row : job.summary()) {
      if (IsWanted(names_, row.metric())) request.add_names(row.metric());
    }
    // No name would mean all.
    if (!request.names().empty()) {
      RETURN_IF_ERROR(Read([&](Cancellation* cancellation) {
        return client_.ReadMetrics(
            request,
            [&](const v1::SeriesPart& part) {
              for (int i = 0; i < part.step_size(); ++i) {
                file.Scalar(part.name(), part.step(i), began + part.seconds(i), part.value(i));
              }
              return true;
            },
            cancellation);
      }));
    }
    ASSIGN_OR_RETURN(v1::ListSamplesResponse samples, client_.ListSamples(job.id()));
    for (const v1::Sample& sample : samples.samples()) {
      file.Text("sample", sample.step(), began, SampleText(sample));
    }
    return Close(&file, folder);
  }

  absl::Status Group(const v1::Group& group) {
    const fs::path root = FolderName(group.name());
    for (int i = 0; i < group.points_size(); ++i) {
      const v1::GridPoint& point = group.points(i);
      const fs::path folder = point.label().empty() ? root : root / FolderName(point.label());
      for (const v1::Job& member : point.members()) {
        RETURN_IF_ERROR(Job(member, folder / StrCat("seed=", member.seed())));
      }
    }
    return Means(group, root);
  }

  std::vector<ExportedRun> Take() { return std::move(exported_); }

 private:
  absl::Status Read(const std::function<absl::Status(Cancellation*)>& call) {
    Cancellation cancellation;
    Interrupts::Scope interrupt(context_.interrupts(), [&] { cancellation.Cancel(); });
    return call(&cancellation);
  }

  absl::Status Close(EventFile* file, const fs::path& folder) {
    RETURN_IF_ERROR(file->Finish());
    exported_.push_back({folder, file->scalar_count()});
    return absl::OkStatus();
  }

  // A run `mean` for each grid point: labd sends one point's series after another.
  absl::Status Means(const v1::Group& group, const fs::path& root) {
    v1::ReadGroupRequest request;
    request.set_group(group.name());
    for (const std::string& name : names_) request.add_names(name);
    std::vector<v1::GroupPart> parts;
    RETURN_IF_ERROR(Read([&](Cancellation* cancellation) {
      return client_.ReadGroup(
          request,
          [&](const v1::GroupPart& part) {
            parts.push_back(part);
            return true;
          },
          cancellation);
    }));
    for (size_t first = 0; first < parts.size();) {
      size_t next = first;
      while (next < parts.size() && parts[next].point() == parts[first].point()) ++next;
      const v1::GridPoint& point = group.points(static_cast<int>(parts[first].point()));
      const fs::path folder =
          (point.label().empty() ? root : root / FolderName(point.label())) / "mean";
      const double began = BeganAt(point.members(0));
      ASSIGN_OR_RETURN(
          EventFile file,
          EventFile::Create(EventPath(root_ / folder, began, point.members(0).id()), began));
      PutMeans(parts, first, next, began, &file);
      RETURN_IF_ERROR(Close(&file, folder));
      first = next;
    }
    return absl::OkStatus();
  }

  void PutMeans(const std::vector<v1::GroupPart>& parts, size_t first, size_t next, double began,
                EventFile* file) {
    std::vector<MarginChart> charts;
    for (size_t i = first; i < next; ++i) {
      const v1::GroupPart& part = parts[i];
      const std::string& name = part.name();
      const MarginChart chart{.category = name.substr(0, name.find('/')),
                              .title = name,
                              .value = name,
                              .lower = StrCat("band/", name, "/lower"),
                              .upper = StrCat("band/", name, "/upper")};
      if (charts.empty() || charts.back().title != name) charts.push_back(chart);
      for (int row = 0; row < part.step_size(); ++row) {
        const double at = began + part.seconds(row);
        // Undefined for fewer than two members: NaN, so that the three tags keep the same steps.
        const double error = part.standard_error(row);
        file->Scalar(chart.value, part.step(row), at, part.mean(row));
        file->Scalar(chart.lower, part.step(row), at, part.mean(row) - error);
        file->Scalar(chart.upper, part.step(row), at, part.mean(row) + error);
        file->Scalar(StrCat("band/", name, "/n"), part.step(row), at,
                     static_cast<double>(part.n(row)));
      }
    }
    // A category stands once, with all its charts.
    std::stable_sort(charts.begin(), charts.end(), [](const MarginChart& a, const MarginChart& b) {
      return a.category < b.category;
    });
    file->Layout(began, charts);
  }

  Context& context_;
  const LabClient& client_;
  const std::vector<std::string>& names_;
  const fs::path root_;
  std::vector<ExportedRun> exported_;
};

}  // namespace

absl::StatusOr<std::vector<ExportedRun>> ExportTensorBoard(Context& context,
                                                           const LabClient& client,
                                                           const std::vector<RunData>& runs,
                                                           const std::vector<std::string>& names,
                                                           const std::filesystem::path& folder) {
  Exporter exporter(context, client, names, folder);
  for (const RunData& run : runs) {
    if (run.is_group()) {
      RETURN_IF_ERROR(exporter.Group(run.group));
    } else {
      RETURN_IF_ERROR(exporter.Job(run.job, StrCat("job-", run.job.id())));
    }
  }
  return exporter.Take();
}

}  // namespace lab::cli
