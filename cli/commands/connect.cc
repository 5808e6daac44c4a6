// connect: gives another machine's labd a name: pins its certificate and keeps its token, or tries
// the way through ssh. Nothing is kept unless labd has answered.

#include <termios.h>
#include <unistd.h>

#include <istream>
#include <memory>
#include <ostream>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/file.h"
#include "core/base/strings.h"
#include "proto/client/connection.h"
#include "proto/client/hosts.h"
#include "proto/client/probe.h"

namespace lab::cli {
namespace {

constexpr double kFetchSeconds = 15;
constexpr int64_t kMaxTokenBytes = 4096;

struct Given {
  std::string name;
  std::string address;
  std::string fingerprint;
  std::string token_file;
  std::string remote_labctl;
  std::string forget;
  bool list = false;
};

Json HostJson(const Host& host) {
  Json json;
  json["name"] = host.name;
  json["address"] = host.address;
  json["fingerprint"] = OrNull(host.fingerprint);
  json["has_token"] = !host.token.empty();
  return json;
}

absl::StatusOr<int> ListHosts(Context& context, const Places& places) {
  ASSIGN_OR_RETURN(std::vector<Host> hosts, ReadHosts(places.hosts()));
  if (context.json()) {
    Json document = Document();
    document["hosts"] = Json::array();
    for (const Host& host : hosts) document["hosts"].push_back(HostJson(host));
    context.PrintJson(document);
    return kOk;
  }
  if (hosts.empty()) {
    context.Say("no hosts yet; labctl connect NAME host:port or ssh://user@host adds one");
    return kOk;
  }
  Table table({{"NAME"}, {"ADDRESS"}, {"FINGERPRINT", false, true}});
  for (const Host& host : hosts) table.Add({host.name, host.address, host.fingerprint});
  context.PrintTable(table);
  return kOk;
}

absl::StatusOr<int> Forget(Context& context, const Places& places, const std::string& name) {
  RETURN_IF_ERROR(ForgetHost(places.hosts(), name));
  if (context.json()) {
    Json document = Document();
    document["removed"] = name;
    context.PrintJson(document);
  } else {
    context.Print(StrCat("host ", name,
                         " is forgotten, with its token; the token itself still "
                         "stands: labd token revoke, on that machine\n"));
  }
  return kOk;
}

bool CanAsk(const Context& context) {
  return context.terminal().in_is_tty && context.terminal().err_is_tty;
}

// OK if the certificate that the machine shows is the one that the person means.
absl::Status Confirm(Context& context, const Given& given, const Address& address,
                     const std::string& shown) {
  if (!given.fingerprint.empty()) {
    std::string expected = NormalFingerprint(given.fingerprint);
    if (expected.empty()) {
      return UsageError(
          "--fingerprint: sha256: and 64 hexadecimal digits, as labd fingerprint "
          "prints them");
    }
    return CompareFingerprints(address.Text(), expected, shown);
  }
  if (!CanAsk(context)) {
    return Failure(absl::StatusCode::kPermissionDenied, "FINGERPRINT_UNCONFIRMED",
                   StrCat(address.Text(), " shows the certificate\n  ", shown,
                          "\nCompare it with what `labd fingerprint` prints on that machine; if it "
                          "is the same:\n  labctl connect ",
                          given.name, " ", address.Text(), " --fingerprint ", shown));
  }
  *context.terminal().err << address.Text() << " shows the certificate\n  " << shown
                          << "\nDoes `labd fingerprint` print the same on that machine? [y/N] "
                          << std::flush;
  std::string answer;
  std::getline(*context.terminal().in, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return absl::OkStatus();
  return Failure(absl::StatusCode::kPermissionDenied, "FINGERPRINT_UNCONFIRMED",
                 "not connected: the fingerprint was not confirmed");
}

// Keeps a terminal from showing what is typed.
class NoEcho {
 public:
  NoEcho() : known_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (known_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~NoEcho() {
    if (known_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_ = {};
  bool known_;
};

absl::StatusOr<std::string> FindToken(Context& context, const Given& given) {
  std::istream& in = *context.terminal().in;
  std::string text;
  if (given.token_file == "-") {
    std::getline(in, text);
    return CleanToken(text);
  }
  if (!given.token_file.empty()) {
    ASSIGN_OR_RETURN(text, ReadFile(given.token_file, kMaxTokenBytes));
    return CleanToken(text);
  }
  if (text = context.environment()("LAB_TOKEN"); !text.empty()) return CleanToken(text);
  if (!CanAsk(context)) {
    return UsageError(
        "which token? --token-file FILE (- is stdin), or LAB_TOKEN; on the machine: "
        "labd token create");
  }
  *context.terminal().err << "Token (labd token create prints one on that machine): " << std::flush;
  {
    NoEcho silent;
    std::getline(in, text);
  }
  *context.terminal().err << std::endl;
  return CleanToken(text);
}

// What a new name needs, asked of the person and of the machine.
absl::Status Introduce(Context& context, const Given& given, Address& address) {
  if (address.way == Address::Way::kSsh) {
    if (!given.fingerprint.empty() || !given.token_file.empty()) {
      return UsageError("through ssh there is neither fingerprint nor token");
    }
    address.host.labctl = given.remote_labctl;
    return absl::OkStatus();
  }
  if (!given.remote_labctl.empty()) return UsageError("--remote-labctl is for ssh:// only");
  ASSIGN_OR_RETURN(ServerCertificate shown, FetchCertificate(address.at, kFetchSeconds));
  RETURN_IF_ERROR(Confirm(context, given, address, shown.fingerprint));
  address.host.certificate = shown.pem;
  address.host.fingerprint = shown.fingerprint;
  ASSIGN_OR_RETURN(address.host.token, FindToken(context, given));
  return absl::OkStatus();
}

absl::StatusOr<int> ConnectTo(Context& context, const Given& given, const Places& places) {
  RETURN_IF_ERROR(CheckHostName(given.name));
  ASSIGN_OR_RETURN(Address address, ParseRemoteAddress(given.address));
  RETURN_IF_ERROR(Introduce(context, given, address));
  address.host.name = given.name;
  address.host.address = address.Text();
  ASSIGN_OR_RETURN(const LabClient* client, context.ClientOf(address));
  ASSIGN_OR_RETURN(v1::System system, client->GetSystem());
  Host host = context.connection()->address().host;  // with the socket that ssh found
  RETURN_IF_ERROR(SaveHost(places.hosts(), host));
  if (context.json()) {
    Json document = Document();
    document["host"] = HostJson(host);
    document["version"] = system.version();
    context.PrintJson(document);
  } else {
    context.Print(StrCat(host.name, ": labd ", system.version(), " on ", host.address, ", ",
                         system.processor(), ", ", system.thread_count(), " cores\n"));
    context.Say(StrCat("use it with --host ", host.name, ", or: export LAB_HOST=", host.name));
  }
  return kOk;
}

absl::StatusOr<int> Connect(Context& context, const Given& given) {
  ASSIGN_OR_RETURN(Places places, FindPlaces(context.environment()));
  if (given.list) return ListHosts(context, places);
  if (!given.forget.empty()) return Forget(context, places, given.forget);
  if (given.name.empty() || given.address.empty()) {
    return UsageError(
        "connect takes a name and an address: labctl connect box host:port, or "
        "ssh://user@host");
  }
  return ConnectTo(context, given, places);
}

}  // namespace

Run ConfigureConnect(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Word("name", &given->name, "what to call the machine", false);
  takes.Word("address", &given->address, "host:port, or ssh://user@host[:port]", false);
  takes.Option("--fingerprint", &given->fingerprint, "the certificate must be this one");
  takes
      .Option("--token-file", &given->token_file,
              "the token, - for stdin (default: LAB_TOKEN, else it is asked for)")
      .Offers(OfferFiles());
  takes.Option("--remote-labctl", &given->remote_labctl,
               "ssh: labctl's path there (default: on its PATH)");
  takes.Flag("--list", &given->list, "the machines that are known");
  takes.Option("--remove", &given->forget, "forget this one").Offers(OfferOf(OfferKind::kHosts));
  takes.Exclude("--list", {"--remove"});
  return [given](Context& context) { return Connect(context, *given); };
}

}  // namespace lab::cli
