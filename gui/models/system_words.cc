#include "gui/models/system_words.h"

#include <QStringList>

#include "core/base/version.h"

namespace lab::gui {
namespace {

QString text(const char* words) { return QString::fromUtf8(words); }

QString counted(int64_t size_bytes, int64_t count) {
  if (count == 0) return text("none");
  return text("%1 (%2)").arg(bytes(size_bytes), grouped(count));
}

// A row for each thing that the driver tells; "2" behind the words where there are several GPUs.
void addGpu(const v1::Gpu& gpu, const QString& number, std::vector<Fact>* facts) {
  auto add = [&](const char* what, const QString& words) {
    facts->push_back({text(what) + number, words});
  };
  add("GPU", q(gpu.name()));
  if (gpu.memory_bytes() > 0) {
    add("GPU memory",
        text("%1 used of %2").arg(bytes(gpu.memory_used_bytes()), bytes(gpu.memory_bytes())));
  }
  if (gpu.has_utilization()) {
    add("GPU utilisation", text("%1 busy").arg(q(FormatPercent(gpu.utilization()))));
  }
  if (gpu.has_celsius()) add("GPU temperature", q(FormatCelsius(gpu.celsius())));
  if (gpu.has_watts()) add("GPU power", q(FormatWatts(gpu.watts())));
}

}  // namespace

std::vector<Fact> machineFacts(const v1::System& system, const v1::Catalog& catalog) {
  std::vector<Fact> facts = {
      {text("processor"),
       text("%1, %2 threads").arg(q(system.processor())).arg(system.thread_count())},
      {text("load"), text("%1 busy").arg(q(FormatPercent(system.processor_load())))},
      {text("memory"),
       text("%1 free of %2")
           .arg(bytes(system.memory_available_bytes()), bytes(system.memory_bytes()))},
      {text("disk"), text("%1 free").arg(bytes(system.disk_free_bytes()))},
  };
  if (system.has_processor_celsius()) {
    facts.insert(facts.begin() + 2,
                 {text("temperature"), q(FormatCelsius(system.processor_celsius()))});
  }
  for (int i = 0; i < system.gpus_size(); ++i) {
    const QString number = system.gpus_size() > 1 ? text(" %1").arg(i) : QString();
    addGpu(system.gpus(i), number, &facts);
  }
  for (const v1::Device& device : catalog.devices()) {
    facts.push_back({text("device"),
                     text("%1: %2, %3")
                         .arg(q(device.name()), q(device.model()), bytes(device.memory_bytes()))});
  }
  return facts;
}

std::vector<Fact> daemonFacts(const v1::System& system, const v1::Catalog& catalog) {
  const bool same = system.version() == kLabVersion;
  std::vector<Fact> facts = {
      {text("version"),
       same ? q(system.version())
            : text("%1, but this window is %2")
                  .arg(q(system.version()), q(std::string(kLabVersion))),
       same ? Tone::kPlain : Tone::kWarning},
      {text("up"), duration(system.uptime_seconds())},
      {text("process"),
       text("%1, %2").arg(QString::number(system.pid()), bytes(system.resident_bytes()))},
      {text("address"), q(system.address())},
      {text("home"), q(system.home())},
  };
  if (!system.trouble().empty()) {
    facts.push_back({text("trouble"), text("starts no jobs: ") + q(system.trouble()), Tone::kBad});
  }
  for (const v1::WorkerProcess& worker : system.workers()) {
    const QString job = worker.job_id() > 0 ? text(" %1").arg(worker.job_id()) : QString();
    facts.push_back({text("worker"), text("%1%2, process %3, %4")
                                         .arg(q(worker.role()), job, QString::number(worker.pid()),
                                              bytes(worker.resident_bytes()))});
  }
  QStringList versions;
  for (const auto& [name, version] : catalog.versions()) {
    versions << q(name) + QLatin1Char(' ') + q(version);
  }
  versions.sort();
  facts.push_back({text("worker's parts"), versions.join(text(", "))});
  return facts;
}

std::vector<Fact> storageFacts(const v1::Storage& storage) {
  v1::JobStorage sum;
  for (const v1::JobStorage& job : storage.jobs()) {
    sum.set_full_bytes(sum.full_bytes() + job.full_bytes());
    sum.set_full_count(sum.full_count() + job.full_count());
    sum.set_weights_bytes(sum.weights_bytes() + job.weights_bytes());
    sum.set_weights_count(sum.weights_count() + job.weights_count());
    sum.set_log_bytes(sum.log_bytes() + job.log_bytes());
    sum.set_other_bytes(sum.other_bytes() + job.other_bytes());
  }
  std::vector<Fact> facts = {
      {text("resumable checkpoints"), counted(sum.full_bytes(), sum.full_count())},
      {text("weights"), counted(sum.weights_bytes(), sum.weights_count())},
      {text("logs"), bytes(sum.log_bytes())},
      {text("other files of jobs"), bytes(sum.other_bytes())},
      {text("token files"), counted(storage.cache_bytes(), storage.cache_file_count())},
      {text("database"), bytes(storage.database_bytes())},
      {text("leftovers"), storage.leftover_bytes() > 0
                              ? text("%1, of interrupted work").arg(bytes(storage.leftover_bytes()))
                              : QString()},
      {text("in all"),
       storage.max_bytes() > 0
           ? text("%1 of %2 allowed").arg(bytes(storage.total_bytes()), bytes(storage.max_bytes()))
           : bytes(storage.total_bytes())},
      {text("free"), text("%1 of %2; no job starts below %3")
                         .arg(bytes(storage.disk_free_bytes()), bytes(storage.disk_bytes()),
                              bytes(storage.min_free_bytes()))},
      {text("trouble"), q(storage.trouble()), Tone::kBad},
  };
  return facts;
}

Tone findingTone(const v1::Finding& finding) {
  if (finding.verdict() == "ok") return Tone::kGood;
  return finding.verdict() == "warning" ? Tone::kWarning : Tone::kBad;
}

}  // namespace lab::gui
