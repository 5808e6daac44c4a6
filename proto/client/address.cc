#include "proto/client/address.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "core/base/strings.h"

namespace lab {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kSsh = "ssh://";

absl::Status InvalidAddress(std::string_view host, std::string_view why) {
  return Failure(absl::StatusCode::kInvalidArgument, reason::kAddressInvalid,
                 StrCat("address \"", host, "\": ", why));
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

absl::StatusOr<Address> ParseSocket(const std::string& named, const Environment& environment) {
  Address address;
  address.socket = named.substr(kUnix.size());
  // "unix:///path" is the same path with an empty authority.
  if (address.socket.compare(0, 3, "///") == 0) address.socket.erase(0, 2);
  if (address.socket.empty() || address.socket.front() != '/') {
    return InvalidAddress(named, "the path after unix: must be absolute");
  }
  absl::StatusOr<Places> places = FindPlaces(environment);
  address.is_default = places.ok() && places->socket() == address.socket;
  RETURN_IF_ERROR(CheckSocketPath(address.socket));
  return address;
}

absl::StatusOr<Address> ParseSsh(std::string_view text) {
  Address address;
  address.way = Address::Way::kSsh;
  std::string_view rest = text.substr(kSsh.size());
  if (size_t at = rest.rfind('@'); at != std::string_view::npos) {
    address.user = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    auto fits = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; };
    if (address.user.empty() || address.user.front() == '-' ||
        !std::all_of(address.user.begin(), address.user.end(), fits)) {
      return InvalidAddress(text, "the user's name holds a character that none has");
    }
  }
  if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  bool has_port = rest.rfind(':') != std::string_view::npos && rest.back() != ']';
  absl::StatusOr<HostPort> at = ParseHostPort(has_port ? std::string(rest) : StrCat(rest, ":0"));
  if (!at.ok()) return InvalidAddress(text, "write it as ssh://USER@HOST or ssh://USER@HOST:PORT");
  address.at = *std::move(at);
  return address;
}

// What is known of `address`, by its text.
void AddKnown(const std::vector<Host>& hosts, Address& address) {
  std::string text = address.Text();
  auto found = std::find_if(hosts.begin(), hosts.end(),
                            [&](const Host& host) { return host.address == text; });
  if (found != hosts.end()) address.host = *found;
}

absl::StatusOr<Address> FindRemote(const std::string& named, const std::vector<Host>& hosts) {
  if (StartsWith(named, kSsh) || named.find(':') != std::string::npos) {
    ASSIGN_OR_RETURN(Address address, ParseRemoteAddress(named));
    AddKnown(hosts, address);
    return address;
  }
  std::vector<std::string> names;
  for (const Host& host : hosts) {
    names.push_back(host.name);
    if (host.name != named) continue;
    absl::StatusOr<Address> address = ParseRemoteAddress(host.address);
    if (!address.ok()) return WithContext(address.status(), StrCat("host ", named));
    address->host = host;
    return address;
  }
  std::string nearest = NearestWord(named, names);
  return InvalidAddress(
      named,
      StrCat("no host has this name",
             nearest.empty() ? "; write unix:/path, host:port or ssh://user@host, or give it "
                               "the name: labctl connect NAME ADDRESS"
                             : StrCat("; did you mean ", nearest, "?")));
}

}  // namespace

std::string Address::Text() const {
  if (way == Way::kSocket) return StrCat(kUnix, socket);
  if (way == Way::kTls) return at.Text();
  std::string machine = at.Text();
  if (at.port == 0) machine.resize(machine.rfind(':'));
  return StrCat(kSsh, user.empty() ? "" : StrCat(user, "@"), machine);
}

std::string Address::Title() const {
  return host.name.empty() ? Text() : StrCat(host.name, " (", Text(), ")");
}

absl::StatusOr<Address> ParseRemoteAddress(std::string_view text) {
  if (StartsWith(text, kSsh)) return ParseSsh(text);
  absl::StatusOr<HostPort> at = ParseHostPort(text);
  if (!at.ok()) {
    return InvalidAddress(text, "write host:port, as in box:7733, or ssh://user@host");
  }
  if (at->port == 0) return InvalidAddress(text, "the port must be a number from 1 to 65535");
  Address address;
  address.way = Address::Way::kTls;
  address.at = *std::move(at);
  return address;
}

absl::StatusOr<Address> FindAddress(std::string_view host, const Environment& environment) {
  std::string named(host);
  if (named.empty()) named = environment("LAB_HOST");
  absl::StatusOr<Places> places = FindPlaces(environment);
  if (named.empty()) {
    RETURN_IF_ERROR(places.status());
    Address address;
    address.socket = places->socket().string();
    address.is_default = true;
    RETURN_IF_ERROR(CheckSocketPath(address.socket));
    return address;
  }
  if (StartsWith(named, kUnix)) return ParseSocket(named, environment);
  if (named.front() == '/') return InvalidAddress(named, StrCat("write unix:", named));
  std::vector<Host> hosts;
  if (places.ok()) {
    ASSIGN_OR_RETURN(hosts, ReadHosts(places->hosts()));
  }
  ASSIGN_OR_RETURN(Address address, FindRemote(named, hosts));
  if (std::string token = environment("LAB_TOKEN"); !token.empty()) address.host.token = token;
  return address;
}

}  // namespace lab
