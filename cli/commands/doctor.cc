// doctor: what is wrong with this installation, and how to mend it. Works without labd and with a
// broken home: what labd would find out is then asked of `labd --diagnose`.

#include <memory>

#include <google/protobuf/util/json_util.h>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "cli/health.h"
#include "cli/programs.h"
#include "core/base/strings.h"
#include "core/base/version.h"

namespace lab::cli {
namespace {

constexpr double kDiagnoseSeconds = 3600;  // --deep reads every checkpoint

void Append(Findings more, Findings* to) {
  for (v1::Finding& finding : more) to->push_back(std::move(finding));
}

// Whether labd answers, and as what.
void CheckDaemon(const absl::StatusOr<v1::System>& system, Findings* findings) {
  if (!system.ok()) {
    bool down = IsUnreachable(system.status());
    findings->push_back(MakeFinding("labd", down ? kWarning : kProblem,
                                    std::string(MessageOf(system.status())),
                                    down ? "labctl daemon start; if that fails, labctl daemon logs"
                                         : "labctl daemon logs tells more"));
    return;
  }
  if (system->version() != kLabVersion) {
    findings->push_back(
        MakeFinding("labd", kProblem,
                    StrCat("labd is of version ", system->version(), ", labctl of ", kLabVersion),
                    "labctl daemon stop; the next command starts the new one"));
  } else {
    findings->push_back(MakeFinding(
        "labd", kFine, StrCat("answers on ", system->address(), ", version ", kLabVersion)));
  }
  if (!system->trouble().empty()) {
    findings->push_back(MakeFinding("queue", kWarning, "no job starts: " + system->trouble(),
                                    "mend that; the queue goes on by itself"));
  }
}

// What `labd --diagnose` says of the home when no labd runs.
Findings DiagnoseByProgram(const Context& context, bool deep) {
  auto labd = FindDaemonBinary(context.environment());
  if (!labd.ok()) return {};  // CheckPrograms says so
  std::vector<std::string> words = {*labd, "--diagnose"};
  if (deep) words.push_back("--deep");
  auto end = RunProgram(words, kDiagnoseSeconds);
  v1::DiagnoseResponse response;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  bool read = end.ok() && end->code == 0 &&
              google::protobuf::util::JsonStringToMessage(end->out, &response, options).ok();
  if (!read) {
    std::string why = end.ok() ? end->err : std::string(MessageOf(end.status()));
    return {MakeFinding("database", kProblem,
                        StrCat(*labd, " --diagnose failed: ", why.substr(0, why.find('\n'))),
                        "run it by hand")};
  }
  return {response.findings().begin(), response.findings().end()};
}

Findings DiagnoseHome(Context& context, bool running, bool deep) {
  if (!running) return DiagnoseByProgram(context, deep);
  absl::StatusOr<const LabClient*> client = context.RunningClient();
  absl::StatusOr<v1::DiagnoseResponse> response =
      client.ok() ? (*client)->Diagnose(deep) : client.status();
  if (!response.ok()) {
    return {MakeFinding("database", kProblem, std::string(MessageOf(response.status())),
                        "labctl daemon logs tells more")};
  }
  return {response->findings().begin(), response->findings().end()};
}

Findings Examine(Context& context, bool deep) {
  Findings findings;
  absl::StatusOr<v1::System> system = context.RunningSystem();
  absl::StatusOr<Address> address = context.FindHost();
  // Of another machine's home only its labd can tell.
  bool here = !address.ok() || address->is_default;
  if (!address.ok()) {
    findings.push_back(MakeFinding("host", kProblem, std::string(MessageOf(address.status())),
                                   "correct --host or LAB_HOST"));
  }
  if (here) {
    absl::StatusOr<Places> places = FindPlaces(context.environment());
    if (!places.ok()) {
      findings.push_back(MakeFinding("home", kProblem, std::string(MessageOf(places.status())),
                                     "set HOME or LAB_HOME"));
      return findings;
    }
    Append(CheckHome(*places), &findings);
    Append(CheckSocket(*places), &findings);
    Append(CheckPrograms(context.environment()), &findings);
    Append(CheckMachine(), &findings);
  }
  CheckDaemon(system, &findings);
  if (here || system.ok()) Append(DiagnoseHome(context, system.ok(), deep), &findings);
  return findings;
}

Color ColorOf(const std::string& verdict) {
  return verdict == kProblem ? Color::kRed : verdict == kWarning ? Color::kYellow : Color::kGreen;
}

absl::StatusOr<int> Doctor(Context& context, bool deep) {
  Findings findings = Examine(context, deep);
  int64_t problems = 0, warnings = 0;
  Json list = Json::array();
  for (const v1::Finding& finding : findings) {
    problems += finding.verdict() == kProblem;
    warnings += finding.verdict() == kWarning;
    list.push_back({{"check", finding.check()},
                    {"verdict", finding.verdict()},
                    {"message", finding.message()},
                    {"advice", OrNull(finding.advice())}});
    if (context.json()) continue;
    context.Print(StrCat(context.Painted(finding.verdict(), ColorOf(finding.verdict())), "  ",
                         finding.check(), ": ", ForTerminal(finding.message(), false), "\n"));
    if (!finding.advice().empty()) {
      context.Print(StrCat("    ", ForTerminal(finding.advice(), false), "\n"));
    }
  }
  if (context.json()) {
    Json document = Document();
    document["findings"] = list;
    document["problems"] = problems;
    document["warnings"] = warnings;
    context.PrintJson(document);
  } else {
    context.Print(StrCat(problems, problems == 1 ? " problem, " : " problems, ", warnings,
                         warnings == 1 ? " warning\n" : " warnings\n"));
  }
  return problems > 0 ? kFailed : kOk;
}

}  // namespace

Run ConfigureDoctor(Arguments& takes) {
  auto deep = std::make_shared<bool>(false);
  takes.Flag("--deep", deep.get(), "also compare the content of every checkpoint");
  return [deep](Context& context) { return Doctor(context, *deep); };
}

}  // namespace lab::cli
